import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

const place = { structure: 'test', address: 0 };
const sizes = { offset: 4, length: 2 };

it('what a writer of any capacity writes, a reader reads', () => {
  const field = fc.oneof(
    fc.record({ kind: fc.constant('u8' as const), value: fc.nat(255) }),
    fc.record({ kind: fc.constant('u16' as const), value: fc.nat(65535) }),
    fc.record({ kind: fc.constant('u32' as const), value: fc.nat(2 ** 32 - 1) }),
    fc.record({
      kind: fc.constant('address' as const),
      value: fc.option(fc.nat(2 ** 32 - 2), { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('extent' as const),
      value: fc.oneof(fc.nat(65534), fc.constant(Infinity)),
    }),
    fc.record({ kind: fc.constant('raw' as const), value: fc.uint8Array({ maxLength: 20 }) }),
    fc.record({
      kind: fc.constant('text' as const),
      value: fc.string({ unit: 'binary' }).filter((t) => !t.includes('\0')),
    }),
  );
  fc.assert(
    fc.property(fc.array(field, { maxLength: 40 }), fc.nat(40), (fields, capacity) => {
      const writer = new Writer(sizes, capacity);
      for (const { kind, value } of fields) {
        if (kind === 'text') writer.terminatedText(value);
        else (writer[kind] as (value: unknown) => Writer)(value);
      }
      const reader = new Reader(writer.bytes(), place, sizes);
      for (const { kind, value } of fields) {
        if (kind === 'text') expect(reader.terminatedText()).toBe(value);
        else if (kind === 'raw') expect(reader.take(value.length)).toEqual(value);
        else expect(reader[kind]()).toBe(value);
      }
      expect(reader.remaining).toBe(0);
    }),
  );
});

it('a reader refuses to read on behind the end, and numbers that are not exact', () => {
  const reader = new Reader(new Uint8Array(9).fill(0xfe), place, { offset: 8, length: 8 });
  expect(() => reader.length()).toThrow(expect.objectContaining({ code: 'H5_BAD_VALUE' }));
  reader.position = 8;
  expect(() => reader.u16()).toThrow(expect.objectContaining({ code: 'H5_TRUNCATED', offset: 8 }));
  expect(() => reader.signature('TREE')).toThrow(expect.objectContaining({ code: 'H5_TRUNCATED' }));
  reader.position = 0;
  expect(() => reader.signature('TREE')).toThrow(expect.objectContaining({ code: 'H5_BAD_SIGNATURE' }));
});
