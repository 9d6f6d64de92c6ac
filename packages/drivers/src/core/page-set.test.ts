import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageSet } from './page-set.js';

describe('PageSet', () => {
  it('covers what was marked, by whole pages, merged and in order', () => {
    const range = fc.record({ from: fc.nat(2_000_000), length: fc.nat(100_000) });
    const property = fc.property(fc.array(range, { maxLength: 20 }), fc.nat(2_000_000), (marks, size) => {
      const [pages, other] = [new PageSet(), new PageSet()];
      const expected = new Set<number>();
      for (const { from, length } of marks) {
        pages.mark(from, from + length);
        for (let at = from; at < from + length; at += 1) expected.add(Math.floor(at / 4096));
      }
      other.markAll(pages);
      const found = [...other.ranges(size)];
      const covered = found.flatMap(({ from, to }) =>
        Array.from({ length: Math.ceil((to - from) / 4096) }, (_, index) => from / 4096 + index),
      );
      expect(covered).toEqual([...expected].filter((page) => page * 4096 < size).sort((a, b) => a - b));
      for (const [index, { from, to }] of found.entries()) {
        expect(to).toBeLessThanOrEqual(size);
        expect(from).toBeGreaterThan(found[index - 1]?.to ?? -1);
      }
      pages.clear();
      expect(pages.empty && [...pages.ranges(size)].length === 0).toBe(true);
    });
    fc.assert(property, { numRuns: 50 });
  });
});
