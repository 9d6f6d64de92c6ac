import type { ElementKind } from './element-store.js';
import { errors } from './errors.js';
import type { Consumer } from './scan.js';

/** What is done about missing values. */
export interface MissingOptions {
  /** `"propagate"` (default): results are `null` when a value is missing. `"skip"`: those are left out. */
  readonly missing?: 'propagate' | 'skip';
}

/** Facts about all elements. `undefined` where there is none of them; `null` where a missing value forbids to say. */
export interface Summary {
  /** Elements that are not missing. */
  readonly count: number;
  readonly missing: number;
  readonly sum: number | bigint | null;
  readonly mean: number | null | undefined;
  readonly min: number | bigint | null | undefined;
  readonly max: number | bigint | null | undefined;
}

/** So many doubles are added up before their sum is added with care. */
const laneLength = 256;

/**
 * Adds up in blocks. Doubles are added 256 at a time, and these sums with their rounding errors carried along
 * (Neumaier), so that the error does not grow with the length; 64-bit integers exactly.
 */
export class Summing<T> implements Consumer<T> {
  readonly #skip: boolean;
  #big: boolean;
  readonly #adds: boolean;
  readonly #limits: boolean;
  #count = 0;
  #missing = 0;
  #sum = 0;
  #error = 0;
  #bigSum = 0n;
  #min: number | bigint = Number.POSITIVE_INFINITY;
  #max: number | bigint = Number.NEGATIVE_INFINITY;

  /** `only`: the one fact that is wanted, when it is one. */
  constructor(
    kind: ElementKind,
    { missing = 'propagate' }: MissingOptions,
    only?: 'sum' | 'mean' | 'min' | 'max',
  ) {
    if (missing !== 'propagate' && missing !== 'skip') {
      throw new TypeError(`missing is "propagate" or "skip", not ${String(missing)}`);
    }
    if (!['number', 'bigint', 'boolean', 'mixed'].includes(kind)) {
      throw errors.VEC_TYPE({ message: `elements of the kind "${kind}" have no sum`, feature: kind });
    }
    this.#skip = missing === 'skip';
    this.#big = kind === 'bigint';
    this.#adds = only !== 'min' && only !== 'max';
    this.#limits = only !== 'sum' && only !== 'mean';
  }

  readonly doubles = (block: Float64Array): void => {
    this.#count += block.length;
    if (this.#adds) {
      const { sum, error } = sumOf(block);
      this.#add(sum);
      this.#error += error;
    }
    if (this.#limits) {
      const [least, greatest] = limitsOf(block);
      this.#limit(least, greatest);
    }
  };

  readonly missing = (count: number): void => {
    this.#missing += count;
  };

  readonly element = (value: T): void => {
    if (value === null) {
      this.#missing++;
      return;
    }
    const given = typeof value === 'boolean' ? Number(value) : value;
    const big = typeof given === 'bigint';
    if (this.#count === 0) this.#big = big;
    if (big !== this.#big)
      throw errors.VEC_TYPE({ message: 'numbers and bigints among the elements have no sum' });
    if (typeof given === 'bigint') this.#bigSum += given;
    else if (typeof given === 'number') this.#add(given);
    else throw errors.VEC_TYPE({ message: `a ${typeof given} among the elements has no sum` });
    this.#count++;
    this.#limit(given, given);
  };

  result(): Summary {
    const count = this.#count;
    const missing = this.#missing;
    if (missing > 0 && !this.#skip) return { count, missing, sum: null, mean: null, min: null, max: null };
    const plain = Number.isFinite(this.#sum) ? this.#sum + this.#error : this.#sum;
    const sum = this.#big ? this.#bigSum : plain;
    if (count === 0) return { count, missing, sum, mean: undefined, min: undefined, max: undefined };
    return { count, missing, sum, mean: Number(sum) / count, min: this.#min, max: this.#max };
  }

  #add(value: number): void {
    const sum = this.#sum + value;
    this.#error += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  #limit(least: number | bigint, greatest: number | bigint): void {
    if (!(this.#min <= least)) this.#min = Number.isNaN(this.#min) ? this.#min : least;
    if (!(this.#max >= greatest)) this.#max = Number.isNaN(this.#max) ? this.#max : greatest;
  }
}

/**
 * The sum of a block, and what rounding took from it. Four lanes: additions need not wait for each other. All in local
 * variables, because fields of an object cost more than the additions.
 */
function sumOf(block: Float64Array): { sum: number; error: number } {
  let sum = 0;
  let error = 0;
  for (let start = 0; start < block.length; start += laneLength) {
    const end = Math.min(block.length, start + laneLength);
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let i = start;
    for (const whole = end - 3; i < whole; i += 4) {
      a += block[i]!;
      b += block[i + 1]!;
      c += block[i + 2]!;
      d += block[i + 3]!;
    }
    for (; i < end; i++) a += block[i]!;
    const part = a + b + (c + d);
    const next = sum + part;
    error += Math.abs(sum) >= Math.abs(part) ? sum - next + part : part - next + sum;
    sum = next;
  }
  return { sum, error };
}

function limitsOf(block: Float64Array): [number, number] {
  let least = block[0]!;
  let greatest = least;
  let nan = false;
  for (let i = 0; i < block.length; i++) {
    const value = block[i]!;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    nan ||= Number.isNaN(value);
  }
  return nan ? [Number.NaN, Number.NaN] : [least, greatest];
}
