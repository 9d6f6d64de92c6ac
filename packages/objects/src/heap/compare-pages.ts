import { pageBytes } from './segment.js';

/** How many words of 4 bytes a page has. */
export const pageWords: number = pageBytes / 4;

/** The first word from `from` on in which two pages differ. Most do not, so many are looked at together. */
export function nextDifference(a: Int32Array, b: Int32Array, from: number): number {
  let at = from;
  for (; at % 8 !== 0; at++) if (a[at] !== b[at]) return at;
  for (; at < pageWords; at += 8) {
    const differ =
      (a[at]! ^ b[at]!) |
      (a[at + 1]! ^ b[at + 1]!) |
      (a[at + 2]! ^ b[at + 2]!) |
      (a[at + 3]! ^ b[at + 3]!) |
      (a[at + 4]! ^ b[at + 4]!) |
      (a[at + 5]! ^ b[at + 5]!) |
      (a[at + 6]! ^ b[at + 6]!) |
      (a[at + 7]! ^ b[at + 7]!);
    if (differ !== 0) break;
  }
  while (at < pageWords && a[at] === b[at]) at++;
  return at;
}

/** Whether two pages hold the same bytes. */
export function samePage(a: Uint8Array, b: Uint8Array): boolean {
  return nextDifference(wordsOf(a), wordsOf(b), 0) === pageWords;
}

/** Bytes as words, which is what they are on a little-endian machine. They begin at a multiple of 4 in their buffer. */
export function wordsOf({ buffer, byteOffset, length }: Uint8Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length >> 2);
}
