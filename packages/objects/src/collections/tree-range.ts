import { checkOptions } from '@terrane/errors';
import { errors } from '../errors.js';
import type { Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import type { Tree } from './tree.js';

/** A range of keys. What is not given is open. */
export interface Bounds<Key = unknown> {
  /** The first key, if it is there. */
  readonly from?: Key;
  /** The key that all come after. */
  readonly after?: Key;
  /** The last key, if it is there. */
  readonly to?: Key;
  /** The key that all come before. */
  readonly before?: Key;
  /** From the last to the first. */
  readonly reverse?: boolean;
}

/** A tree with its place. */
export interface TreeSource {
  readonly tree: Tree;
  /** What it is called in messages. */
  readonly path: string;
  /** Where its head lies. @throws OBJ_FREED, OBJ_CLOSED when its owner is gone */
  head(): Place;
  /** Makes a key, or the beginning of one, ready to be looked for. @throws TypeError, RangeError */
  aim(key: unknown): void;
}

const boundNames = ['from', 'after', 'to', 'before', 'reverse'];

/** How many entries come before a range, and how many before its end. */
export function ranksOf(source: TreeSource, bounds: Bounds): [low: number, high: number] {
  checkOptions(bounds, boundNames, `${source.path}.range`);
  const { from, after, to, before } = bounds;
  if (from !== undefined && after !== undefined) throw new TypeError(`${source.path}: both from and after`);
  if (to !== undefined && before !== undefined) throw new TypeError(`${source.path}: both to and before`);
  const { tree } = source;
  const head = source.head();
  const rank = (key: unknown, past: boolean) => {
    source.aim(key);
    return tree.rank(head.segment, head.at, past);
  };
  const low = from !== undefined ? rank(from, false) : after !== undefined ? rank(after, true) : 0;
  const count = tree.count(head.segment, head.at);
  const high = to !== undefined ? rank(to, true) : before !== undefined ? rank(before, false) : count;
  return [low, Math.max(low, high)];
}

/** The entry with so many before it; negative ones count from the end. Nothing where there is none. */
export function entryAt({ tree, head }: TreeSource, rank: number): Place | undefined {
  const { segment, at } = head();
  const count = tree.count(segment, at);
  const place = rank < 0 ? count + rank : rank;
  if (!Number.isInteger(place) || place < 0 || place >= count) return undefined;
  return tree.at(segment, at, place);
}

/**
 * What `read` makes of the entries of a range, one after the other.
 *
 * When the tree changes meanwhile: where `goOn` is given, which tells the key of an entry, it goes on after the last key;
 * what has come further on is read, what is gone is not. Without it, it ends.
 *
 * @throws OBJ_CHANGED
 */
export function* readRange<T>(
  source: TreeSource,
  bounds: Bounds,
  read: (segment: Segment, entry: number, key: unknown) => T,
  goOn?: (segment: Segment, entry: number) => unknown,
): Generator<T, void> {
  const { tree } = source;
  const reverse = bounds.reverse === true;
  const step = (reverse ? -1 : 1) * tree.nodes.leafStride;
  let [low, high] = ranksOf(source, bounds);
  let seen = versionOf(source);
  while (low < high) {
    const head = source.head();
    const { generation } = head.segment;
    const found = tree.at(head.segment, head.at, reverse ? high - 1 : low);
    const before = found.segment.generation;
    let left = Math.min(high - low, 1 + (reverse ? found.before : found.after));
    for (let entry = found.at; left > 0; entry += step, left--) {
      const key = goOn?.(found.segment, entry);
      const value = read(found.segment, entry, key);
      if (reverse) high--;
      else low++;
      yield value;
      const version = versionOf(source);
      if (version !== seen) {
        if (!goOn) throw errors.OBJ_CHANGED({ message: `${source.path} was changed while it was iterated` });
        seen = version;
        [low, high] = ranksOf(source, bounds);
        source.aim(key);
        const { segment, at } = source.head();
        if (reverse) high = Math.min(high, tree.rank(segment, at, false));
        else low = Math.max(low, tree.rank(segment, at, true));
        break;
      }
      // Something was freed, or another state is shown: the node may have to be loaded again.
      if (generation !== head.segment.generation || before !== found.segment.generation) break;
    }
  }
}

/** Another number after each change. */
function versionOf(source: TreeSource): number {
  const { segment, at } = source.head();
  return segment.view.getUint32(at + 12, true);
}
