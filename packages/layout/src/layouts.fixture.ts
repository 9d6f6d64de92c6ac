import fc from 'fast-check';
import * as lay from './index.js';

/** A layout and a value that it can hold. */
export interface Sample {
  readonly layout: lay.Layout;
  readonly value: unknown;
}

const byteOrder = fc.constantFrom('little' as const, 'big' as const);

const integers = {
  int8: lay.int8,
  uint8: lay.uint8,
  int16: lay.int16,
  uint16: lay.uint16,
  int24: lay.int24,
  uint24: lay.uint24,
  int32: lay.int32,
  uint32: lay.uint32,
};

/** The least and the greatest number of an integer type, by its name. */
export function limits(name: string): { min: number; max: number } {
  const bits = Number(name.replace(/\D/g, ''));
  return name.startsWith('u')
    ? { min: 0, max: 2 ** bits - 1 }
    : { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 };
}

const integer = fc
  .constantFrom(...(Object.keys(integers) as (keyof typeof integers)[]))
  .chain((name) =>
    fc
      .record({ byteOrder, value: fc.integer(limits(name)) })
      .map(({ byteOrder, value }): Sample => ({ layout: integers[name]({ byteOrder }), value })),
  );
const big = fc.oneof(
  fc
    .record({ byteOrder, value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) })
    .map(({ byteOrder, value }): Sample => ({ layout: lay.int64({ byteOrder }), value })),
  fc
    .record({ byteOrder, value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) })
    .map(({ byteOrder, value }): Sample => ({ layout: lay.uint64({ byteOrder }), value })),
  fc
    .record({ byteOrder, value: fc.maxSafeInteger() })
    .map(({ byteOrder, value }): Sample => ({ layout: lay.int64({ byteOrder, as: 'number' }), value })),
  fc
    .record({ byteOrder, value: fc.maxSafeNat() })
    .map(({ byteOrder, value }): Sample => ({ layout: lay.uint64({ byteOrder, as: 'number' }), value })),
);
const float = fc.oneof(
  fc
    .record({ byteOrder, value: fc.double() })
    .map(({ byteOrder, value }): Sample => ({ layout: lay.float64({ byteOrder }), value })),
  fc
    .record({ byteOrder, value: fc.float() })
    .map(({ byteOrder, value }): Sample => ({ layout: lay.float32({ byteOrder }), value })),
  fc.record({ byteOrder, bits: fc.nat(0xffff) }).map(
    ({ byteOrder, bits }): Sample => ({
      layout: lay.float16({ byteOrder }),
      value: lay.float16ToNumber(bits),
    }),
  ),
  fc.record({ byteOrder, bits: fc.nat(0xffff) }).map(
    ({ byteOrder, bits }): Sample => ({
      layout: lay.bfloat16({ byteOrder }),
      value: lay.bfloat16ToNumber(bits),
    }),
  ),
);
const complex = fc.record({ byteOrder, re: fc.float(), im: fc.float(), wide: fc.boolean() }).map(
  ({ byteOrder, re, im, wide }): Sample => ({
    layout: wide ? lay.complex128({ byteOrder }) : lay.complex64({ byteOrder }),
    value: { re, im },
  }),
);
const boolean = fc.record({ byteOrder, value: fc.boolean(), wide: fc.boolean() }).map(
  ({ byteOrder, value, wide }): Sample => ({
    layout: wide ? lay.bool32({ byteOrder }) : lay.bool8(),
    value,
  }),
);
const bits = fc
  .record({
    value: fc.array(fc.boolean(), { minLength: 1, maxLength: 70 }),
    first: fc.constantFrom('least' as const, 'most' as const),
  })
  .map(({ value, first }): Sample => ({ layout: lay.bits(value.length, { first }), value }));
const bytes = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((value): Sample => ({ layout: lay.bytes(value.length), value }));
const word = fc.string({ unit: 'grapheme', maxLength: 12 }).map((s) => `${s.replaceAll('\0', '')}.`);
const text = fc
  .record({
    word,
    encoding: fc.constantFrom('utf8' as const, 'utf16' as const),
    ending: fc.constantFrom('terminator' as const, 'nul' as const, 'space' as const),
    byteOrder,
    spare: fc.nat(5),
  })
  .map(({ word, encoding, ending, byteOrder, spare }): Sample => {
    const length = encoding === 'utf8' ? Buffer.byteLength(word) : 2 * word.length;
    return { layout: lay.text(length + 2 + 2 * spare, { encoding, ending, byteOrder }), value: word };
  });
const enumeration = fc
  .record({
    names: fc.uniqueArray(
      fc.string({ minLength: 1 }).filter((s) => s !== '__proto__'),
      { minLength: 1, maxLength: 5 },
    ),
    at: fc.nat(4),
    byteOrder,
  })
  .map(
    ({ names, at, byteOrder }): Sample => ({
      layout: lay.enumeration(
        Object.fromEntries(names.map((name, i) => [name, i * 300 - 500])),
        lay.int16({ byteOrder }),
      ),
      value: names[at % names.length],
    }),
  );

const leaf = fc.oneof(integer, big, float, complex, boolean, bits, bytes, text, enumeration);

/** Any layout with a value of it, structs and arrays of each other included. */
export const { sample } = fc.letrec<{ sample: Sample; struct: Sample; array: Sample; optional: Sample }>(
  (tie) => ({
    sample: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      leaf,
      tie('struct'),
      tie('array'),
      tie('optional'),
    ),
    struct: fc
      .record({
        fields: fc.array(fc.record({ sample: tie('sample'), gap: fc.nat(3) }), {
          minLength: 1,
          maxLength: 5,
        }),
        align: fc.constantFrom('packed' as const, 'c' as const),
        tail: fc.nat(3),
      })
      .map(({ fields, align, tail }): Sample => {
        const declared: Record<string, lay.Layout> = {};
        const value: Record<string, unknown> = {};
        for (const [i, { sample, gap }] of fields.entries()) {
          if (gap > 0) declared[`gap${i}`] = lay.pad(gap);
          declared[`f${i}`] = sample.layout;
          value[`f${i}`] = sample.value;
        }
        const { size } = lay.struct(declared, { align });
        return { layout: lay.struct(declared, { align, size: size + tail }), value };
      }),
    array: fc
      .record({
        sample: tie('sample'),
        shape: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
        order: fc.constantFrom('row' as const, 'column' as const),
      })
      .map(({ sample, shape, order }): Sample => {
        const fill = (dimension: number): unknown =>
          dimension === shape.length
            ? sample.value
            : Array.from({ length: shape[dimension]! }, () => fill(dimension + 1));
        return { layout: lay.array(sample.layout, shape, { order }), value: fill(0) };
      }),
    optional: fc.record({ sample: tie('sample'), missing: fc.boolean() }).map(
      ({ sample, missing }): Sample => ({
        layout: lay.optional(sample.layout, { validity: 'bit' }),
        value: missing ? null : sample.value,
      }),
    ),
  }),
);
