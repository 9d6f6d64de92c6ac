import type { ElementStore } from './element-store.js';
import { errors } from './errors.js';
import { type Guard, type ScanOptions, scanAsync } from './scan.js';

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
const high = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/**
 * A double's 64-bit key in two words, ordered as the doubles are (-0 just below 0): of a negative number all bits
 * are turned over, of any other the sign bit.
 */
const key = { upper: 0, lower: 0 };

function makeKey(value: number): void {
  number[0] = value;
  const upper = words[high]!;
  const lower = words[1 - high]!;
  const negative = upper >>> 31 === 1;
  key.upper = (negative ? ~upper : upper | 0x80000000) >>> 0;
  key.lower = (negative ? ~lower : lower) >>> 0;
}

function doubleOf(upper: number, lower: number): number {
  const negative = upper >>> 31 === 0;
  words[high] = negative ? ~upper : upper & 0x7fffffff;
  words[1 - high] = negative ? ~lower : lower;
  return number[0]!;
}

/** Every pass decides some bits of a key, from the top: which word, and which of its bits. */
const passes = [
  { word: 'upper', shift: 21, bits: 11 },
  { word: 'upper', shift: 10, bits: 11 },
  { word: 'upper', shift: 0, bits: 10 },
  { word: 'lower', shift: 21, bits: 11 },
  { word: 'lower', shift: 10, bits: 11 },
  { word: 'lower', shift: 0, bits: 10 },
] as const;

type Pass = (typeof passes)[number];

/** An element looked for by its rank: what is known of its key, and how many elements are below that. */
interface Search {
  readonly rank: number;
  upper: number;
  lower: number;
  below: number;
}

/** Counts the elements whose keys begin with what is known, by their next bits. */
interface Counting {
  readonly upper: number;
  readonly lower: number;
  readonly table: Float64Array;
}

/**
 * Quantiles by radix selection, with tables of a few thousand counts whatever the length.
 *
 * @throws RangeError for a probability outside 0 to 1; VEC_TYPE when the elements are no numbers.
 */
export async function quantilesOf<T>(
  store: ElementStore<T>,
  guard: Guard,
  probabilities: readonly number[],
  options?: ScanOptions,
): Promise<(number | undefined)[]> {
  for (const p of probabilities) if (!(p >= 0 && p <= 1)) throw new RangeError(`no probability: ${p}`);
  if (store.kind !== 'number' && store.kind !== 'mixed') {
    throw errors.VEC_TYPE({
      message: `elements of the kind "${store.kind}" have no quantiles`,
      feature: store.kind,
    });
  }
  let searches: Search[] = [{ rank: 0, upper: 0, lower: 0, below: 0 }];
  let count = 0;
  for (const pass of passes) {
    const countings = distinct(searches, pass);
    const nan = await countPass(store, guard, pass, countings, options);
    if (nan) return probabilities.map(() => Number.NaN);
    if (pass === passes[0]) {
      count = countings[0]!.table.reduce((sum, n) => sum + n, 0);
      if (count === 0) return probabilities.map(() => undefined);
      const places = probabilities.map((p) => p * (count - 1));
      const ranks = new Set(places.flatMap((place) => [Math.floor(place), Math.ceil(place)]));
      searches = [...ranks].map((rank) => ({ rank, upper: 0, lower: 0, below: 0 }));
    }
    for (const search of searches) {
      const { table } = countings.find(
        ({ upper, lower }) => upper === search.upper && lower === search.lower,
      )!;
      let bucket = 0;
      while (search.below + table[bucket]! <= search.rank) search.below += table[bucket++]!;
      search[pass.word] = (search[pass.word] * 2 ** pass.bits + bucket) >>> 0;
    }
  }
  const found = new Map(searches.map(({ rank, upper, lower }) => [rank, doubleOf(upper, lower)]));
  return probabilities.map((p) => {
    const place = p * (count - 1);
    const below = found.get(Math.floor(place))!;
    const above = found.get(Math.ceil(place))!;
    return below === above ? below : below + (above - below) * (place - Math.floor(place));
  });
}

function distinct(searches: readonly Search[], { bits }: Pass): Counting[] {
  const seen = new Map<string, Counting>();
  for (const { upper, lower } of searches) {
    seen.set(`${upper} ${lower}`, { upper, lower, table: new Float64Array(2 ** bits) });
  }
  return [...seen.values()];
}

/** One pass over the elements; true when one of them is NaN. */
async function countPass<T>(
  store: ElementStore<T>,
  guard: Guard,
  { word, shift, bits }: Pass,
  countings: readonly Counting[],
  options?: ScanOptions,
): Promise<boolean> {
  let nan = false;
  const mask = 2 ** bits - 1;
  const top = shift + bits;
  const add = (value: number) => {
    nan ||= Number.isNaN(value);
    makeKey(value);
    const { upper, lower } = key;
    for (const counting of countings) {
      const matches =
        word === 'upper'
          ? top === 32 || upper >>> top === counting.upper
          : upper === counting.upper && (top === 32 || lower >>> top === counting.lower);
      if (matches) counting.table[(key[word] >>> shift) & mask]!++;
    }
  };
  const doubles = (block: Float64Array) => {
    for (let i = 0; i < block.length; i++) add(block[i]!);
  };
  const element = (value: T) => {
    if (value !== null) add(Number(value));
  };
  await scanAsync(store, guard, { doubles, element }, options);
  return nan;
}
