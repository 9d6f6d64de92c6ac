/** The order of the bytes of a number in memory or in a file: least or most significant byte first. */
export type ByteOrder = 'little' | 'big';

/** The byte order of this machine's processor, which is the order of every JavaScript typed array. */
export const hostByteOrder: ByteOrder =
  new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 'little' : 'big';

/** Bytes that are turned at once when the caller's memory is not aligned: small enough to stay in cache. */
const windowBytes = 8192;

/**
 * Reverses the bytes of every element in place, which turns little-endian data into big-endian data and back.
 * Any alignment will do; 2, 4 and 8 bytes are done a machine word at a time. A complex number or a struct
 * is not one element: swap its parts by their own size.
 *
 * @param bytes Whole elements, one after the other.
 * @param elementSize Bytes of one element, 1 or more.
 * @throws RangeError when `elementSize` is no positive integer or does not divide the length.
 */
export function swapBytes(bytes: Uint8Array, elementSize: number): void {
  if (!Number.isInteger(elementSize) || elementSize < 1) {
    throw new RangeError(`swapBytes: element size must be a positive integer, not ${elementSize}`);
  }
  if (bytes.length % elementSize !== 0) {
    throw new RangeError(
      `swapBytes: ${bytes.length} bytes are no whole number of ${elementSize}-byte elements`,
    );
  }
  const swapWords = wordSwaps[elementSize];
  if (elementSize === 1) return;
  if (swapWords === undefined || bytes.length < 64) reverseEach(bytes, elementSize);
  else if (bytes.byteOffset % 4 === 0) swapAligned(bytes, elementSize, swapWords);
  else swapThroughWindow(bytes, elementSize, swapWords);
}

type SwapWords = (words: Int32Array) => void;

/** By element size. All work on 32-bit words: half the loads of 16-bit ones, and no BigInt for 64-bit ones. */
const wordSwaps: Readonly<Record<number, SwapWords>> = {
  2: (words) => {
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      words[i] = ((word & 0x00ff00ff) << 8) | ((word >>> 8) & 0x00ff00ff);
    }
  },
  4: (words) => {
    for (let i = 0; i < words.length; i++) words[i] = reversed(words[i]!);
  },
  8: (words) => {
    for (let i = 0; i + 1 < words.length; i += 2) {
      const low = words[i]!;
      words[i] = reversed(words[i + 1]!);
      words[i + 1] = reversed(low);
    }
  },
};

function reversed(word: number): number {
  const halves = (word << 16) | (word >>> 16);
  return ((halves & 0x00ff00ff) << 8) | ((halves >>> 8) & 0x00ff00ff);
}

function swapAligned(bytes: Uint8Array, elementSize: number, swapWords: SwapWords): void {
  const whole = bytes.length & ~3;
  swapWords(new Int32Array(bytes.buffer, bytes.byteOffset, whole / 4));
  if (whole < bytes.length) reverseEach(bytes.subarray(whole), elementSize);
}

/** Word views need aligned memory, so unaligned bytes take a detour; two copies cost less than byte loops. */
function swapThroughWindow(bytes: Uint8Array, elementSize: number, swapWords: SwapWords): void {
  const window = new Uint8Array(Math.min(windowBytes, bytes.length));
  for (let start = 0; start < bytes.length; start += windowBytes) {
    const part = bytes.subarray(start, start + windowBytes);
    const aligned = window.subarray(0, part.length);
    aligned.set(part);
    swapAligned(aligned, elementSize, swapWords);
    part.set(aligned);
  }
}

function reverseEach(bytes: Uint8Array, elementSize: number): void {
  for (let start = 0; start < bytes.length; start += elementSize) {
    for (let low = start, high = start + elementSize - 1; low < high; low++, high--) {
      const byte = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = byte;
    }
  }
}
