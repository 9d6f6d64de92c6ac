import { checkOptions } from '@terrane/errors';
import type { MissingDescription } from './description.js';
import { errors } from './errors.js';
import { type Access, defineLayout, type Layout, reach, show } from './layout.js';

/** How {@link optional} tells a missing value; exactly one of the two is given. */
export interface OptionalOptions<T> {
  /**
   * The value that means "missing". As a value of its own it is refused with LAY_NA, never silently stolen. NaN
   * takes every NaN; `"r-na"`, for float64 alone, only R's NA (a NaN whose low word is 1954), and leaves NaN be.
   */
  readonly sentinel?: T | 'r-na';
  /** `"bit"`: a bit says so, the lowest of a byte that follows the value, padded to the value's alignment. */
  readonly validity?: 'bit';
}

/**
 * A value that may be missing: `null`.
 *
 * @throws LAY_DEFINITION when the sentinel does not fit the layout.
 */
export function optional<T>(value: Layout<T>, options: OptionalOptions<T>): Layout<T | null> {
  checkOptions(options, ['sentinel', 'validity'], 'optional');
  const { sentinel, validity } = options;
  if ((sentinel === undefined) === (validity === undefined)) {
    throw new TypeError('optional: give a sentinel or validity: "bit", one of the two');
  }
  if (validity !== undefined) {
    if (validity !== 'bit') throw new TypeError(`optional: validity is "bit", not ${show(validity)}`);
    return byValidity(value);
  }
  if (sentinel === 'r-na' && value.description.type === 'float64') {
    return bySentinel(value, rNa(value.description.byteOrder !== 'big'), 'r-na');
  }
  try {
    value.check(sentinel);
  } catch (cause) {
    throw errors.LAY_DEFINITION({ message: `optional: ${show(sentinel)} does not fit the layout`, cause });
  }
  const bytes = new Uint8Array(value.size);
  value.write(bytes, sentinel as T);
  return fromSentinelBytes(value, bytes);
}

/** The optional whose missing value is stored as `bytes`; {@link optional} and descriptions end here. */
export function fromSentinelBytes<T>(value: Layout<T>, bytes: Uint8Array): Layout<T | null> {
  // What is stored counts, not what was asked for: float32 keeps 0.1 as another number.
  const sentinel = value.read(bytes);
  if (typeof sentinel === 'number' && Number.isNaN(sentinel)) {
    return bySentinel(value, anyNan as Missing<T>, 'nan');
  }
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const missing: Missing<T> =
    typeof sentinel === 'object' ? sameBytes(bytes) : { isMissing: (given) => given === sentinel, bytes };
  return bySentinel(value, missing, { sentinel: hex });
}

/** The optional of R's NA, as descriptions name it. */
export function rNaOptional(value: Layout<number>, littleEndian: boolean): Layout<number | null> {
  return bySentinel(value, rNa(littleEndian), 'r-na');
}

interface Missing<T> {
  /** Whether a value read at `at` is the sentinel. */
  readonly isMissing: (given: T, view: DataView, at: number) => boolean;
  /** What is stored for a missing value; absent: the value's own NaN. */
  readonly bytes?: Uint8Array;
}

const anyNan: Missing<number> = { isMissing: (given) => Number.isNaN(given) };

/** R's NA is the NaN 0x7ff00000000007a2; arithmetic may set its quiet bit, so only the low word counts. */
function rNa<T>(little: boolean): Missing<T> {
  const bytes = Uint8Array.of(0x7f, 0xf0, 0, 0, 0, 0, 0x07, 0xa2);
  if (little) bytes.reverse();
  return {
    isMissing: (given, view, at) =>
      Number.isNaN(given) && view.getUint32(little ? at : at + 4, little) === 1954,
    bytes,
  };
}

function sameBytes<T>(bytes: Uint8Array): Missing<T> {
  return { isMissing: (_, view, at) => bytes.every((byte, i) => view.getUint8(at + i) === byte), bytes };
}

function bySentinel<T>(
  value: Layout<T>,
  missing: Missing<T>,
  description: MissingDescription,
): Layout<T | null> {
  const { isMissing, bytes } = missing;
  const scratch = new DataView(new ArrayBuffer(value.size));
  const trial = value.access(scratch);
  const check = (given: unknown): void => {
    if (given === null) return;
    value.check(given);
    trial.set(0, given as T);
    if (isMissing(trial.get(0), scratch, 0)) {
      throw errors.LAY_NA({
        message: `${show(given)} is what stands for a missing value`,
        hint: 'write null, or choose another sentinel',
      });
    }
  };
  const reader = (view: DataView, get: (at: number) => T) => (at: number) => {
    const given = get(at);
    return isMissing(given, view, at) ? null : given;
  };
  return defineLayout<T | null>({
    description: { type: 'optional', value: value.description, missing: description },
    size: value.size,
    alignment: value.alignment,
    access: (view) => {
      const { get, set } = value.access(view);
      const store = (at: number, from: Uint8Array) => {
        reach(view, at, from.length);
        for (let i = 0; i < from.length; i++) view.setUint8(at + i, from[i]!);
      };
      return {
        get: reader(view, get),
        set: (at, given) => {
          check(given);
          if (given !== null) set(at, given);
          else if (bytes !== undefined) store(at, bytes);
          else set(at, Number.NaN as T);
        },
      };
    },
    live: (view) => reader(view, value.live?.(view) ?? value.access(view).get),
    check,
  });
}

function byValidity<T>(value: Layout<T>): Layout<T | null> {
  const size = Math.ceil((value.size + 1) / value.alignment) * value.alignment;
  const reader = (view: DataView, get: (at: number) => T) => (at: number) =>
    (view.getUint8(at + value.size) & 1) === 1 ? get(at) : null;
  const writer =
    (view: DataView, { set }: Access<T>) =>
    (at: number, given: T | null) => {
      reach(view, at, size);
      if (given !== null) set(at, given);
      const byte = view.getUint8(at + value.size);
      view.setUint8(at + value.size, given === null ? byte & ~1 : byte | 1);
    };
  return defineLayout<T | null>({
    description: { type: 'optional', value: value.description, missing: 'validity' },
    size,
    alignment: value.alignment,
    access: (view) => {
      const access = value.access(view);
      return { get: reader(view, access.get), set: writer(view, access) };
    },
    live: (view) => reader(view, value.live?.(view) ?? value.access(view).get),
    check: (given) => {
      if (given !== null) value.check(given);
    },
  });
}
