import { errors } from './errors.js';

/** A run of positions: `start` (0) up to but not including `stop` (the length), every `step`-th (1). */
export interface Range {
  readonly start?: number;
  readonly stop?: number;
  readonly step?: number;
}

/**
 * Which elements: all (undefined), a range, a list of positions in any order and number, a mask of one boolean per
 * element, or all `except` another selection. Positions count from 0.
 */
export type Selection =
  | undefined
  | Range
  | ArrayLike<number>
  | readonly boolean[]
  | { readonly except: Selection };

/** A selection whose positions are all known to be inside. */
export interface Resolved {
  readonly count: number;
  /** The k-th position. */
  at(k: number): number;
  /** Set when the positions follow each other without a gap, from here on. */
  readonly start?: number;
}

/**
 * Resolves a selection among `length` elements.
 *
 * @throws VEC_INDEX for a position that is not whole or not inside, VEC_SHAPE for a mask of another length.
 */
export function resolveSelection(selection: Selection, length: number): Resolved {
  if (selection === undefined) return run(0, length);
  if (typeof selection !== 'object' || selection === null) {
    throw new TypeError('a selection is a range, positions, a mask or { except }');
  }
  if (isList(selection))
    return typeof selection[0] === 'boolean' ? mask(selection, length) : list(selection, length);
  if ('except' in selection) return except(selection.except, length);
  for (const key of Object.keys(selection)) {
    if (!['start', 'stop', 'step'].includes(key))
      throw new TypeError(`a range has no ${JSON.stringify(key)}`);
  }
  return range(selection, length);
}

function isList(selection: object): selection is ArrayLike<number | boolean> {
  return Array.isArray(selection) || (ArrayBuffer.isView(selection) && 'length' in selection);
}

function run(start: number, count: number): Resolved {
  return { count, start, at: (k) => start + k };
}

function range({ start = 0, stop, step = 1 }: Range, length: number): Resolved {
  const end = stop ?? length;
  for (const [name, value] of Object.entries({ start, stop: end, step })) {
    if (!Number.isSafeInteger(value) || value < 0) throw indexError(`${name} ${value} of a range`);
  }
  if (step === 0) throw indexError('step 0 of a range');
  if (end > length || start > end) throw indexError(`the range ${start} to ${end} of ${length} elements`);
  const count = Math.ceil((end - start) / step);
  return step === 1 ? run(start, count) : { count, at: (k) => start + k * step };
}

function list(positions: ArrayLike<number | boolean>, length: number): Resolved {
  for (let k = 0; k < positions.length; k++) checkIndex(positions[k], length);
  const copy = Float64Array.from(positions as ArrayLike<number>);
  return { count: copy.length, at: (k) => copy[k]! };
}

function mask(flags: ArrayLike<number | boolean>, length: number): Resolved {
  if (flags.length !== length) {
    throw errors.VEC_SHAPE({ message: `a mask of ${flags.length} booleans for ${length} elements` });
  }
  const positions: number[] = [];
  for (let i = 0; i < length; i++) {
    if (typeof flags[i] !== 'boolean') throw indexError(`${String(flags[i])} in a mask`);
    if (flags[i]) positions.push(i);
  }
  return { count: positions.length, at: (k) => positions[k]! };
}

function except(selection: Selection, length: number): Resolved {
  const { count, at } = resolveSelection(selection, length);
  const left = new Uint8Array(length).fill(1);
  for (let k = 0; k < count; k++) left[at(k)] = 0;
  const positions = new Float64Array(left.reduce((sum, kept) => sum + kept, 0));
  for (let i = 0, k = 0; i < length; i++) if (left[i] === 1) positions[k++] = i;
  return { count: positions.length, at: (k) => positions[k]! };
}

/** Throws VEC_INDEX unless `index` is a whole number from 0 to `length` - 1. */
export function checkIndex(index: unknown, length: number): void {
  if (typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < length) return;
  throw indexError(`no element ${typeof index === 'number' ? index : typeof index} among ${length}`, index);
}

function indexError(message: string, found?: unknown) {
  return errors.VEC_INDEX({ message, ...(found === undefined ? {} : { found: String(found) }) });
}
