import { hostByteOrder } from './byte-order.js';
import { byteOrderOf } from './byte-order-option.js';
import type { RangePolicy } from './description.js';
import { errors } from './errors.js';
import type { IntegerOptions } from './integer.js';
import { type Access, defineLayout, type Layout, show } from './layout.js';
import { nativeElements } from './native-elements.js';

/** Options of a 64-bit integer: as a `bigint`, which is exact, or as a number, exact or refused. */
export interface Integer64Options extends IntegerOptions {
  /** `"bigint"` by default. As `"number"`, what is beyond ±(2^53 - 1) throws LAY_RANGE, read or written. */
  readonly as?: 'bigint' | 'number';
}

/** A factory of a 64-bit integer layout. */
export interface Integer64Factory {
  (options: Integer64Options & { readonly as: 'number' }): Layout<number>;
  (options?: IntegerOptions & { readonly as?: 'bigint' }): Layout<bigint>;
}

interface Kind {
  readonly name: 'int64' | 'uint64';
  readonly least: bigint;
  readonly most: bigint;
  readonly elements: typeof BigInt64Array | typeof BigUint64Array;
  readonly wrap: (value: bigint) => bigint;
}

const signed: Kind = {
  name: 'int64',
  least: -(2n ** 63n),
  most: 2n ** 63n - 1n,
  elements: BigInt64Array,
  wrap: (value) => BigInt.asIntN(64, value),
};

const unsigned: Kind = {
  name: 'uint64',
  least: 0n,
  most: 2n ** 64n - 1n,
  elements: BigUint64Array,
  wrap: (value) => BigInt.asUintN(64, value),
};

/** Signed 64-bit integer: a `bigint`, or with `{ as: 'number' }` a safe number. */
export const int64: Integer64Factory = integer64(signed);
/** Unsigned 64-bit integer: a `bigint`, or with `{ as: 'number' }` a safe number. */
export const uint64: Integer64Factory = integer64(unsigned);

function integer64(kind: Kind): Integer64Factory {
  const factory = (options: Integer64Options = {}): Layout<number> | Layout<bigint> => {
    const { as = 'bigint' } = options;
    if (as !== 'bigint' && as !== 'number') throw new TypeError(`${kind.name}: as ${show(as)} is not known`);
    return as === 'bigint' ? asBigint(kind, options) : asNumber(kind, options);
  };
  return factory as Integer64Factory;
}

function common({ name, elements }: Kind, options: Integer64Options) {
  const byteOrder = byteOrderOf(name, options, ['byteOrder', 'range', 'as']);
  const { range = 'throw' } = options;
  if (!['throw', 'wrap', 'clamp'].includes(range)) {
    throw new TypeError(`${name}: no range policy ${show(range)}`);
  }
  const description = {
    type: name,
    ...(byteOrder === 'big' ? { byteOrder } : {}),
    ...(range === 'throw' ? {} : { range: range as RangePolicy }),
  };
  return { description, size: 8, alignment: 8, byteOrder, range, ...nativeElements(elements, byteOrder) };
}

function outOfRange(kind: Kind, value: unknown, expected: string) {
  return errors.LAY_RANGE({ message: `${show(value)} is no ${kind.name}`, expected, found: String(value) });
}

function asBigint(kind: Kind, options: Integer64Options): Layout<bigint> {
  const { byteOrder, range, ...shared } = common(kind, options);
  const { name, least, most, wrap } = kind;
  const strict = range === 'throw';
  const check = (value: unknown): void => {
    if (typeof value !== 'bigint') {
      throw errors.LAY_TYPE({
        message: `${name} holds a bigint, not ${show(value)}`,
        hint: 'write 1n for 1',
      });
    }
    if (strict && (value < least || value > most)) {
      throw outOfRange(kind, value, `${least}n to ${most}n`);
    }
  };
  const fit = (value: bigint) =>
    range === 'wrap' ? wrap(value) : value < least ? least : value > most ? most : value;
  return defineLayout<bigint>({
    ...shared,
    access: (view) => {
      const raw = bigintAccess(kind, view, byteOrder === 'little');
      const set = (at: number, value: bigint) => {
        check(value);
        raw.set(at, strict ? value : fit(value));
      };
      return { get: raw.get, set };
    },
    check,
  });
}

/**
 * `DataView.getBigInt64` is several times slower than two 32-bit reads and a BigInt64Array of one element,
 * on Node 20.
 */
function bigintAccess(kind: Kind, view: DataView, little: boolean): Access<bigint> {
  const value = new kind.elements(scratch);
  const [first, second] = little === (hostByteOrder === 'little') ? [0, 1] : [1, 0];
  return {
    get: (at) => {
      words[first] = view.getInt32(at, little);
      words[second] = view.getInt32(at + 4, little);
      return value[0]!;
    },
    set: (at, given) => view.setBigInt64(at, given, little),
  };
}

const scratch = new ArrayBuffer(8);
const words = new Int32Array(scratch);

function asNumber(kind: Kind, options: Integer64Options): Layout<number> {
  const { byteOrder, range, description, ...shared } = common(kind, options);
  const { name } = kind;
  const { elements: _bigint, ...rest } = shared;
  const most = Number.MAX_SAFE_INTEGER;
  const least = kind === unsigned ? 0 : -most;
  const expected = `an integer from ${least} to ${most}`;
  const check = (value: unknown): void => {
    if (typeof value !== 'number') {
      throw errors.LAY_TYPE({ message: `${name} as number holds a number, not ${show(value)}` });
    }
    if (range === 'throw' && !(Number.isSafeInteger(value) && value >= least)) {
      throw outOfRange(kind, value, expected);
    }
    if (range === 'clamp' ? Number.isNaN(value) : !Number.isFinite(value))
      throw outOfRange(kind, value, expected);
  };
  const little = byteOrder === 'little';
  const [low, high] = little ? [0, 4] : [4, 0];
  const isSigned = kind === signed;
  return defineLayout<number>({
    ...rest,
    description: { ...description, as: 'number' },
    access: (view) => ({
      get: isSigned
        ? (at) => {
            const upper = view.getInt32(at + high, little);
            // From -2^53 to 2^53 - 1 the upper eleven bits are all alike; what is outside has no exact number.
            if (upper >> 21 !== upper >> 31) throw tooBig(kind, view, at, little);
            return upper * 2 ** 32 + view.getUint32(at + low, little);
          }
        : (at) => {
            const upper = view.getUint32(at + high, little);
            if (upper >>> 21 !== 0) throw tooBig(kind, view, at, little);
            return upper * 2 ** 32 + view.getUint32(at + low, little);
          },
      set: (at, value) => {
        check(value);
        const whole =
          range === 'clamp' ? Math.min(most, Math.max(least, Math.trunc(value))) : Math.trunc(value);
        // The word at the higher address first: at the memory's end nothing is written then.
        view.setUint32(at + 4, little ? Math.floor(whole / 2 ** 32) : whole, little);
        view.setUint32(at, little ? whole : Math.floor(whole / 2 ** 32), little);
      },
    }),
    check,
  });
}

function tooBig(kind: Kind, view: DataView, at: number, little: boolean) {
  const value = bigintAccess(kind, view, little).get(at);
  return errors.LAY_RANGE({
    message: `the stored ${kind.name} ${value} has no exact number`,
    expected: `at most ${Number.MAX_SAFE_INTEGER} either side of 0`,
    found: String(value),
    hint: 'read it as bigint',
  });
}
