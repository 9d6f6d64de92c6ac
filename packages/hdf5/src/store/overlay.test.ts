import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Overlay } from './overlay.js';

const write = fc.record({
  address: fc.nat(200),
  bytes: fc.uint8Array({ minLength: 0, maxLength: 40 }),
  order: fc.nat(3),
});

it('shows the last byte written to every address, in sorted ranges that do not overlap', () => {
  fc.assert(
    fc.property(fc.array(write, { maxLength: 60 }), (writes) => {
      const overlay = new Overlay();
      const model = new Map<number, number>();
      for (const { address, bytes, order } of writes) {
        for (const [index, byte] of bytes.entries()) model.set(address + index, byte);
        overlay.write(address, bytes.slice(), order);
      }
      const shown = new Map<number, number>();
      let end = -1;
      for (const [address, bytes] of overlay) {
        expect(address).toBeGreaterThanOrEqual(end);
        end = address + bytes.length;
        for (const [index, byte] of bytes.entries()) shown.set(address + index, byte);
      }
      expect([...shown].sort((a, b) => a[0] - b[0])).toEqual([...model].sort((a, b) => a[0] - b[0]));
      for (let address = 0; address < 240; address += 7) {
        const stretch = Array.from({ length: 9 }, (_, index) => model.get(address + index));
        expect(overlay.touches(address, 9)).toBe(stretch.some((byte) => byte !== undefined));
        const covered = overlay.covered(address, 9);
        if (covered !== undefined) expect([...covered]).toEqual(stretch);
        const target = new Uint8Array(9);
        overlay.patch(address, target);
        expect([...target]).toEqual(stretch.map((byte) => byte ?? 0));
      }
      overlay.clear();
      expect(overlay.empty).toBe(true);
    }),
  );
});

it('keeps the highest order of what became one range', () => {
  const overlay = new Overlay();
  overlay.write(0, new Uint8Array(8), 1);
  overlay.write(16, new Uint8Array(8), 3);
  overlay.write(2, new Uint8Array(2), 0);
  expect([...overlay].map(([, , order]) => order)).toEqual([1, 3]);
  overlay.write(4, new Uint8Array(16), 2);
  expect([...overlay].map(([start, bytes, order]) => [start, bytes.length, order])).toEqual([[0, 24, 3]]);
});
