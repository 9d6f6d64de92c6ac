import { checkOptions } from '@terrane/errors';
import type { Layout } from '@terrane/layout';
import { isAbsent } from './absent.js';
import { comparison, exactNumber, type Operator } from './compare.js';
import { Elements, type ElementsParts } from './elements.js';
import { findLoops } from './find-doubles.js';
import { type Histogram, type HistogramOptions, histogramOf } from './histogram.js';
import { PositionList, type Positions } from './positions.js';
import { quantilesOf } from './quantiles.js';
import { type Consumer, type ScanOptions, scan, scanAsync } from './scan.js';
import { type MissingOptions, type Summary, Summing } from './summing.js';

/** What a vector is made from. */
export interface VectorParts<T> extends ElementsParts<T> {
  /** The same bytes as another layout. */
  readonly retype: <U>(layout: Layout<U>) => Vector<U>;
}

/**
 * Elements of one type in a mapped file, and what can be asked of all of them at once: searches, sums, histograms,
 * quantiles. All run in blocks, so that a file may be larger than memory.
 */
export class Vector<T> extends Elements<T> {
  readonly #retype: VectorParts<T>['retype'];

  /** Made by {@link mapVector} and its kin. */
  constructor(parts: VectorParts<T>) {
    super(parts);
    this.#retype = parts.retype;
  }

  /** The same bytes as elements of another layout: a vector of its own over the same mapping. */
  as<U>(layout: Layout<U>): Vector<U> {
    this.mapping.check('as');
    return this.#retype(layout);
  }

  /**
   * Positions of the elements that satisfy a comparison, ascending: `where('<', 0)`. By `null` it finds missing
   * values (`==`) or all others (`!=`). Text is ordered by its UTF-16 units, as JavaScript does.
   *
   * @throws VEC_OPERAND for an operator or a value that such elements do not have.
   */
  where(operator: Operator, value: unknown): Positions {
    const { consumer, list } = this.#search(operator, value);
    this.mapping.verify();
    scan(this.store, this.mapping, consumer);
    return list.result();
  }

  /** As {@link where}, letting other code run meanwhile. */
  async whereAsync(operator: Operator, value: unknown, options?: ScanOptions): Promise<Positions> {
    const { consumer, list } = this.#search(operator, value);
    await scanAsync(this.store, this.mapping, consumer, options);
    return list.result();
  }

  /** The sum; of an empty vector 0. Of 64-bit integers the exact sum, a bigint. */
  sum(options?: MissingOptions): number | bigint | null {
    return this.#summed('sum', options).sum;
  }

  /** The mean; `undefined` of none. */
  mean(options?: MissingOptions): number | null | undefined {
    return this.#summed('mean', options).mean;
  }

  /** The least element; `undefined` of none. NaN when there is one. */
  min(options?: MissingOptions): number | bigint | null | undefined {
    return this.#summed('min', options).min;
  }

  /** The greatest element; `undefined` of none. NaN when there is one. */
  max(options?: MissingOptions): number | bigint | null | undefined {
    return this.#summed('max', options).max;
  }

  /** Count, missing values, sum, mean, least and greatest in one pass, letting other code run meanwhile. */
  async summary(options: MissingOptions & ScanOptions = {}): Promise<Summary> {
    const { missing, ...rest } = options;
    const summing = new Summing<T>(this.store.kind, missing === undefined ? {} : { missing });
    await scanAsync(this.store, this.mapping, summing, rest);
    return summing.result();
  }

  /** How many elements fall between neighbouring edges. Missing values and NaN fall nowhere. */
  histogram(options: HistogramOptions & ScanOptions): Promise<Histogram> {
    return histogramOf(this.store, this.mapping, options);
  }

  /**
   * Quantiles by linear interpolation (R's type 7, NumPy's default), exactly, in memory that does not depend on the
   * length: six passes over the file. Missing values are left out; with a NaN all are NaN.
   */
  quantiles(probabilities: readonly number[], options?: ScanOptions): Promise<(number | undefined)[]> {
    return quantilesOf(this.store, this.mapping, probabilities, options);
  }

  #summed(what: 'sum' | 'mean' | 'min' | 'max', options?: MissingOptions): Summary {
    checkOptions(options, ['missing'], what);
    const summing = new Summing<T>(this.store.kind, options ?? {}, what);
    this.mapping.verify();
    scan(this.store, this.mapping, summing);
    return summing.result();
  }

  #search(operator: Operator, value: unknown): { consumer: Consumer<T>; list: PositionList } {
    this.mapping.check('where');
    const test = comparison(this.store.kind, operator, value);
    if (value !== null) this.store.operand?.(value);
    const list = new PositionList(this.store.length);
    const single = Uint32Array.of(0);
    const element = (given: T, index: number) => {
      if (test(given)) list.add(single, 1, index);
    };
    const number = exactNumber(value);
    if (number === undefined) return { consumer: { element }, list };
    const loop = findLoops[operator];
    const { absent } = this.store;
    const stray = absent !== undefined && test(absent);
    const doubles = (block: Float64Array, start: number) =>
      list.extend(block.length, start, (positions, at) => {
        const end = loop(block, number, start, positions, at);
        return stray ? withoutAbsent(block, absent, start, positions, at, end) : end;
      });
    return { consumer: { element, doubles, places: true }, list };
  }
}

/** Takes the positions of missing values out again, where what stands for them satisfies the comparison by chance. */
function withoutAbsent(
  block: Float64Array,
  absent: number,
  start: number,
  positions: Positions,
  at: number,
  end: number,
): number {
  let kept = at;
  for (let k = at; k < end; k++) {
    const position = positions[k]!;
    positions[kept] = position;
    if (!isAbsent(block[position - start]!, absent)) kept++;
  }
  return kept;
}
