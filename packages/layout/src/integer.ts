import { type ByteOrderOptions, byteOrderOf } from './byte-order-option.js';
import type { RangePolicy, SmallIntegerName } from './description.js';
import { errors } from './errors.js';
import { type Access, defineLayout, type ElementArrayConstructor, type Layout, show } from './layout.js';
import { nativeElements } from './native-elements.js';

/** How an integer is stored and what is done with numbers that do not fit. */
export interface IntegerOptions extends ByteOrderOptions {
  /** `"throw"` by default (LAY_RANGE); `"wrap"` keeps the low bits as C does, `"clamp"` takes the limit. */
  readonly range?: RangePolicy;
}

/** A factory of a small integer layout. */
export type IntegerFactory = (options?: IntegerOptions) => Layout<number>;

interface IntegerKind {
  readonly bytes: number;
  readonly signed: boolean;
  readonly elements?: ElementArrayConstructor;
  /** One closure pair per type: accessors that share code over several types are many times slower. */
  readonly bind: (view: DataView, little: boolean) => Access<number>;
}

const kinds: Readonly<Record<SmallIntegerName, IntegerKind>> = {
  int8: {
    bytes: 1,
    signed: true,
    elements: Int8Array,
    bind: (view) => ({ get: (at) => view.getInt8(at), set: (at, value) => view.setInt8(at, value) }),
  },
  uint8: {
    bytes: 1,
    signed: false,
    elements: Uint8Array,
    bind: (view) => ({ get: (at) => view.getUint8(at), set: (at, value) => view.setUint8(at, value) }),
  },
  int16: {
    bytes: 2,
    signed: true,
    elements: Int16Array,
    bind: (view, little) => ({
      get: (at) => view.getInt16(at, little),
      set: (at, value) => view.setInt16(at, value, little),
    }),
  },
  uint16: {
    bytes: 2,
    signed: false,
    elements: Uint16Array,
    bind: (view, little) => ({
      get: (at) => view.getUint16(at, little),
      set: (at, value) => view.setUint16(at, value, little),
    }),
  },
  int24: {
    bytes: 3,
    signed: true,
    bind: (view, little) => ({
      get: (at) => (view.getInt8(little ? at + 2 : at) << 16) | view.getUint16(little ? at : at + 1, little),
      set: (at, value) => set24(view, little, at, value),
    }),
  },
  uint24: {
    bytes: 3,
    signed: false,
    bind: (view, little) => ({
      get: (at) => (view.getUint8(little ? at + 2 : at) << 16) | view.getUint16(little ? at : at + 1, little),
      set: (at, value) => set24(view, little, at, value),
    }),
  },
  int32: {
    bytes: 4,
    signed: true,
    elements: Int32Array,
    bind: (view, little) => ({
      get: (at) => view.getInt32(at, little),
      set: (at, value) => view.setInt32(at, value, little),
    }),
  },
  uint32: {
    bytes: 4,
    signed: false,
    elements: Uint32Array,
    bind: (view, little) => ({
      get: (at) => view.getUint32(at, little),
      set: (at, value) => view.setUint32(at, value, little),
    }),
  },
};

/** The last byte first: a write that runs over the end of the memory must not leave two bytes behind. */
function set24(view: DataView, little: boolean, at: number, value: number): void {
  if (little) {
    view.setUint8(at + 2, value >>> 16);
    view.setUint16(at, value, true);
  } else {
    view.setUint16(at + 1, value, false);
    view.setUint8(at, value >>> 16);
  }
}

interface Policy {
  /** Whether the policy makes an integer of this number at all. None takes NaN. */
  readonly takes: (value: number, least: number, most: number) => boolean;
  /** The number to store; a DataView keeps its low bits. */
  readonly fit: (value: number, least: number, most: number) => number;
}

const policies: Readonly<Record<RangePolicy, Policy>> = {
  throw: {
    takes: (value, least, most) => Number.isInteger(value) && value >= least && value <= most,
    fit: (value) => value,
  },
  wrap: { takes: (value) => Number.isFinite(value), fit: (value) => value },
  clamp: {
    takes: (value) => !Number.isNaN(value),
    fit: (value, least, most) => Math.min(most, Math.max(least, Math.trunc(value))),
  },
};

/** Makes the factory of one integer type. */
function integer(name: SmallIntegerName): IntegerFactory {
  const { bytes, signed, elements, bind } = kinds[name];
  const least = signed ? -(2 ** (8 * bytes - 1)) : 0;
  const most = 2 ** (8 * bytes - (signed ? 1 : 0)) - 1;
  // Says the same as `check`, in the few instructions that a store can afford.
  const holds =
    name === 'uint32'
      ? (value: number) => typeof value === 'number' && value >>> 0 === value
      : (value: number) =>
          typeof value === 'number' && (value | 0) === value && value >= least && value <= most;
  return (options = {}) => {
    const byteOrder = byteOrderOf(name, options, ['byteOrder', 'range']);
    const { range = 'throw' } = options;
    const { takes, fit } = policies[range] ?? {};
    if (takes === undefined || fit === undefined)
      throw new TypeError(`${name}: no range policy ${show(range)}`);
    const check = (value: unknown): void => {
      if (typeof value !== 'number') {
        throw errors.LAY_TYPE({ message: `${name} holds a number, not ${show(value)}` });
      }
      if (!takes(value, least, most)) {
        throw errors.LAY_RANGE({
          message: `${show(value)} is no ${name}`,
          expected: `an integer from ${least} to ${most}`,
          found: String(value),
        });
      }
    };
    return defineLayout<number>({
      description: {
        type: name,
        ...(bytes > 1 && byteOrder === 'big' ? { byteOrder } : {}),
        ...(range === 'throw' ? {} : { range }),
      },
      size: bytes,
      alignment: bytes === 3 ? 1 : bytes,
      ...nativeElements(elements, byteOrder),
      access: (view) => {
        const raw = bind(view, byteOrder === 'little');
        const strict = (at: number, value: number) => {
          if (!holds(value)) check(value);
          raw.set(at, value);
        };
        const lenient = (at: number, value: number) => {
          check(value);
          raw.set(at, fit(value, least, most));
        };
        return { get: raw.get, set: range === 'throw' ? strict : lenient };
      },
      check,
    });
  };
}

/** Signed 8-bit integer, -128 to 127. */
export const int8 = integer('int8');
/** Unsigned 8-bit integer, 0 to 255. */
export const uint8 = integer('uint8');
/** Signed 16-bit integer. */
export const int16 = integer('int16');
/** Unsigned 16-bit integer. */
export const uint16 = integer('uint16');
/** Signed 24-bit integer in three bytes, -8388608 to 8388607. */
export const int24 = integer('int24');
/** Unsigned 24-bit integer in three bytes, 0 to 16777215. */
export const uint24 = integer('uint24');
/** Signed 32-bit integer. */
export const int32 = integer('int32');
/** Unsigned 32-bit integer. */
export const uint32 = integer('uint32');
