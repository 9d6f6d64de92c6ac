import type { Mode } from '@terrane/driver';
import { errors } from './errors.js';
import type { EntryOrder } from './search-node.js';
import type { Bound, Range } from './tree.js';

/** What an iteration gives: values at once, or by promise. */
export type Values<M extends Mode, V> = M extends 'sync' ? IterableIterator<V> : AsyncIterableIterator<V>;

const batch = 256;

/**
 * The values of a range, in batches: what changes on the way is seen from the next one on.
 *
 * @param read - Shows values of a range in order until `collect` returns false.
 */
export function iterateValues<M extends Mode, V, K>(
  mode: M,
  order: EntryOrder<V, K>,
  range: Range<K>,
  read: (range: Range<K>, collect: (value: V) => boolean) => unknown,
): Values<M, V> {
  const walk: unknown = mode === 'sync' ? walkNow() : walkAsync();
  return walk as Values<M, V>;

  function* walkNow(): Generator<V, void> {
    for (let rest: Range<K> | undefined = range; rest; ) {
      const found: V[] = [];
      read(rest, (value) => found.push(value) < batch);
      yield* found;
      rest = restOf(rest, found);
    }
  }

  async function* walkAsync(): AsyncGenerator<V, void> {
    for (let rest: Range<K> | undefined = range; rest; ) {
      const found: V[] = [];
      await read(rest, (value) => found.push(value) < batch);
      yield* found;
      rest = restOf(rest, found);
    }
  }

  /** What is left of a range after a batch, if anything. */
  function restOf(before: Range<K>, found: readonly V[]): Range<K> | undefined {
    if (found.length < batch) return undefined;
    const last = found.at(-1)!;
    const bound: Bound<K> = { key: order.keyOf(last), included: false };
    const { backwards, from, to } = before;
    const begun = backwards ? to : from;
    // Values that are not in order would be shown again and again.
    if (begun && order.compare(begun.key, last) * (backwards ? -1 : 1) >= 0) {
      throw errors.BLK_DAMAGED({ message: 'values are not in ascending order', structure: 'index node' });
    }
    return backwards ? { ...before, to: bound } : { ...before, from: bound };
  }
}
