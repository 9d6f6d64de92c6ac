import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FreeSpace } from './free-space.js';

const unit = 1024;
const units = 512;

it('gives out what is free, once, and of a fitting beginning where there is one', () => {
  const step = fc.record({
    give: fc.boolean(),
    at: fc.nat(units - 1),
    size: fc.integer({ min: 1, max: 40 }),
    alignment: fc.constantFrom(1, 4, 16),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const free = new FreeSpace();
      const isFree = new Array<boolean>(units).fill(false);
      for (const { give, at, size, alignment } of steps) {
        if (give) {
          for (let place = at; place < Math.min(units, at + size); place++) {
            if (isFree[place]) continue;
            isFree[place] = true;
            free.add(place * unit, unit);
          }
        } else {
          const taken = free.take(size * unit, alignment * unit);
          const starts = startsOf(isFree, size);
          expect(taken === undefined).toBe(starts.length === 0);
          if (taken === undefined) continue;
          const start = taken / unit;
          expect(starts).toContain(start);
          // Among many chunks it does not look for long.
          const looks = free.count < 16 && starts.some((place) => place % alignment === 0);
          if (looks) expect(start % alignment).toBe(0);
          isFree.fill(false, start, start + size);
        }
        expect(free.bytes).toBe(isFree.filter(Boolean).length * unit);
        expect(free.count).toBe(isFree.filter((is, place) => is && !isFree[place - 1]).length);
      }
    }),
  );
});

/** Where so many free units follow each other. */
function startsOf(isFree: readonly boolean[], size: number): number[] {
  return [...isFree.keys()].filter((start) => {
    const stretch = isFree.slice(start, start + size);
    return stretch.length === size && stretch.every(Boolean);
  });
}
