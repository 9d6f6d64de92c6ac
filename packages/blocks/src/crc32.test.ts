import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32, crc32ByTable, crc32Without } from './crc32.js';

it('is that of zlib, by the platform and by tables, in one piece and in two', () => {
  expect(crc32ByTable(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
      const wanted = zlibCrc32(bytes);
      expect(crc32(bytes)).toBe(wanted);
      expect(crc32ByTable(bytes)).toBe(wanted);
      expect(crc32ByTable(bytes.subarray(at), crc32ByTable(bytes.subarray(0, at)))).toBe(wanted);
    }),
  );
});

it('leaves the field out where it is kept', () => {
  const bytes = Uint8Array.from({ length: 20 }, (_, index) => index);
  const without = bytes.slice().fill(0, 8, 12);
  expect(crc32Without(bytes, 8)).toBe(zlibCrc32(without));
});
