import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeChanges, differences, encodeChanges, PageChanges } from './page-changes.js';
import { pageBytes } from './segment.js';

const pieces = fc.array(fc.tuple(fc.nat(pageBytes - 1), fc.uint8Array({ minLength: 1, maxLength: 40 })), {
  maxLength: 12,
});

/** A page of its own, with these pieces put into it. */
function changed(page: Uint8Array, changes: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  const made = page.slice();
  for (const [at, bytes] of changes) made.set(bytes.subarray(0, pageBytes - at), at);
  return made;
}

it('bring a page from any state to any later one', () => {
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 5 }), fc.nat(5), (steps, written) => {
      const pages: Uint8Array[] = [new Uint8Array(pageBytes).map((_, at) => at * 7)];
      for (const step of steps) pages.push(changed(pages.at(-1)!, step));
      let changes = new PageChanges();
      for (let step = 1; step < pages.length; step++) {
        const stretches = differences(pages[step - 1]!, pages[step]!)!;
        const bytes = encodeChanges({ number: step, before: step - 1, pages: new Map([[3, stretches]]) });
        const block = decodeChanges(bytes)!;
        expect([block.number, block.before]).toEqual([step, step - 1]);
        changes = changes.with(step, bytes.length, block);
      }
      const from = Math.min(written, steps.length);
      const target = pages[from]!.slice();
      changes.apply(3, from, target);
      expect(target).toEqual(pages.at(-1));
      const other = pages[0]!.slice();
      changes.apply(4, 0, other);
      expect(other).toEqual(pages[0]);
    }),
  );
});

it('are not for pages of which much has changed', () => {
  const page = new Uint8Array(pageBytes);
  expect(differences(page, page)).toEqual([]);
  expect(
    differences(
      page,
      page.map(() => 1),
    ),
  ).toBeUndefined();
  expect(
    differences(
      page,
      page.map((_, at) => (at % 64 === 0 ? 1 : 0)),
    ),
  ).toHaveLength(64);
  expect(
    differences(
      page,
      page.map((_, at) => (at % 24 === 0 ? 1 : 0)),
    ),
  ).toBeUndefined();
});

it('go on when the numbers of commits do not fit 32 bits any more', () => {
  const page = new Uint8Array(pageBytes);
  const bytes = encodeChanges({
    number: 2 ** 32 + 1,
    before: 0,
    pages: new Map([[0, [{ offset: 8, bytes: new Uint8Array([1, 2, 3, 4]) }]]]),
  });
  const changes = new PageChanges().with(1, bytes.length, decodeChanges(bytes)!);
  changes.apply(0, 2, page);
  expect(page[8]).toBe(0);
  changes.apply(0, 2 ** 32 - 1, page);
  expect(page[8]).toBe(1);
});

it('are read only when every byte is as it was written', () => {
  const pages = new Map([[5, [{ offset: 16, bytes: new Uint8Array(12).fill(9) }]]]);
  const bytes = encodeChanges({ number: 7, before: 3, pages });
  expect(decodeChanges(bytes)).toEqual({ number: 7, before: 3, pages });
  for (let at = 0; at < bytes.length; at++) {
    const wrong = bytes.slice();
    wrong[at]! ^= 0x10;
    expect(decodeChanges(wrong)).toBeUndefined();
    expect(decodeChanges(bytes.subarray(0, at))).toBeUndefined();
  }
});
