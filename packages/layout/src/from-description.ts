import { array } from './array.js';
import { bits } from './bits.js';
import { bool8, bool32 } from './boolean.js';
import type { ByteOrder } from './byte-order.js';
import { bytes, pad } from './bytes.js';
import { complex64, complex128 } from './complex.js';
import type { FieldDescription, LayoutDescription, RangePolicy } from './description.js';
import { enumeration } from './enumeration.js';
import { errors } from './errors.js';
import { bfloat16, float16, float32, float64 } from './float.js';
import { int8, int16, int24, int32, uint8, uint16, uint24, uint32 } from './integer.js';
import { int64, uint64 } from './integer64.js';
import { type Layout, show } from './layout.js';
import { fromSentinelBytes, optional, rNaOptional } from './optional.js';
import { placeFields } from './place-fields.js';
import { structOf } from './struct.js';
import { text } from './text.js';

type Json = Readonly<Record<string, unknown>>;

/**
 * Rebuilds a layout from its description. It may come from anywhere: what is wrong with it is an error, with the
 * place in `path`.
 *
 * @throws LAY_DESCRIPTION for anything that is no description of a layout.
 */
export function layoutFromDescription(description: LayoutDescription): Layout {
  return build(description, 0);
}

/** Descriptions nest; a file could make them nest without end. */
const deepest = 100;

function build(description: unknown, depth: number): Layout {
  if (typeof description !== 'object' || description === null || Array.isArray(description)) {
    throw errors.LAY_DESCRIPTION({ message: `a description is an object, not ${show(description)}` });
  }
  const { type, ...rest } = description as Json;
  const builder = typeof type === 'string' && Object.hasOwn(builders, type) ? builders[type] : undefined;
  if (builder === undefined)
    throw errors.LAY_DESCRIPTION({ message: `no layout has the type ${show(type)}` });
  if (depth > deepest) throw errors.LAY_DESCRIPTION({ message: 'the description is nested too deeply' });
  try {
    return builder(rest, depth + 1);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw errors.LAY_DESCRIPTION({ message: `${type}: ${reason}`, cause });
  }
}

/** Each hands everything but the positional arguments on as options, so unknown properties are refused there. */
const builders: Readonly<Record<string, (json: Json, depth: number) => Layout>> = {
  int8: (json) => int8(json as IntegerJson),
  uint8: (json) => uint8(json as IntegerJson),
  int16: (json) => int16(json as IntegerJson),
  uint16: (json) => uint16(json as IntegerJson),
  int24: (json) => int24(json as IntegerJson),
  uint24: (json) => uint24(json as IntegerJson),
  int32: (json) => int32(json as IntegerJson),
  uint32: (json) => uint32(json as IntegerJson),
  int64: (json) => int64(json as IntegerJson),
  uint64: (json) => uint64(json as IntegerJson),
  float16: (json) => float16(json),
  bfloat16: (json) => bfloat16(json),
  float32: (json) => float32(json),
  float64: (json) => float64(json),
  complex64: (json) => complex64(json),
  complex128: (json) => complex128(json),
  bool8: (json) => only(json, bool8),
  bool32: (json) => bool32(json),
  bits: ({ count, ...options }) => bits(count as number, options),
  text: ({ size, ...options }) => text(size as number, options),
  bytes: ({ size, ...rest }) => only(rest, () => bytes(size as number)),
  pad: ({ size, ...rest }) => only(rest, () => pad(Number(size))),
  array: ({ element, shape, ...options }, depth) => {
    if (!Array.isArray(shape)) throw new TypeError(`a shape is an array, not ${show(shape)}`);
    return array(build(element, depth), shape as number[], options);
  },
  struct: ({ fields, size, alignment, overlapping, ...rest }, depth) =>
    only(rest, () => {
      if (!Array.isArray(fields)) throw new TypeError(`fields are an array, not ${show(fields)}`);
      const declared = (fields as FieldDescription[]).map(
        ({ name, layout }) => [String(name), build(layout, depth)] as const,
      );
      const names = declared.map(([name]) => name);
      if (new Set(names).size < names.length) throw new TypeError('two fields have one name');
      if (!Number.isSafeInteger(alignment) || (alignment as number) < 1) {
        throw new TypeError(`no alignment: ${show(alignment)}`);
      }
      const offsets = Object.fromEntries(
        (fields as FieldDescription[]).map(({ name, offset }) => [name, offset]),
      );
      const placement = placeFields(declared, {
        offsets,
        size: size as number,
        overlapping: overlapping === true,
      });
      return structOf(placement.fields, placement.size, alignment as number, overlapping === true);
    }),
  enumeration: ({ base, members, ...options }, depth) => {
    const layout = build(base, depth) as Layout<number | bigint>;
    const big = ['int64', 'uint64'].includes(layout.description.type) && !('as' in layout.description);
    const numbers = Object.entries((members ?? {}) as Json).map(([name, digits]) => {
      const number = big ? BigInt(String(digits)) : Number(digits);
      return [name, number] as const;
    });
    return enumeration(Object.fromEntries(numbers), layout, options);
  },
  optional: ({ value, missing, ...rest }, depth) =>
    only(rest, () => {
      const layout = build(value, depth);
      if (missing === 'validity') return optional(layout, { validity: 'bit' });
      if (missing === 'nan') return optional(layout, { sentinel: Number.NaN });
      if (missing === 'r-na') {
        const { description } = layout;
        if (description.type !== 'float64') throw new TypeError('R has its NA in float64 only');
        return rNaOptional(layout as Layout<number>, description.byteOrder !== 'big');
      }
      return fromSentinelBytes(layout, fromHex((missing as Json | undefined)?.sentinel, layout.size));
    }),
};

interface IntegerJson {
  readonly byteOrder?: ByteOrder;
  readonly range?: RangePolicy;
}

/** Refuses properties that the layout does not have. */
function only(rest: Json, make: () => Layout): Layout {
  const [extra] = Object.keys(rest);
  if (extra !== undefined) throw new TypeError(`no property ${show(extra)}`);
  return make();
}

function fromHex(hex: unknown, size: number): Uint8Array {
  if (typeof hex !== 'string' || !/^([0-9a-f]{2})*$/.test(hex) || hex.length !== 2 * size) {
    throw new TypeError(`a sentinel is ${size} bytes in hexadecimal, not ${show(hex)}`);
  }
  return Uint8Array.from({ length: size }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
