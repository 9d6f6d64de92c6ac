import { type Access, type Bounds, keyAccess, knownKeyAccess } from './access.js';
import { isMissing } from './compare-values.js';
import { indexAccess, isIndex, isSortedList, listAccess } from './index-access.js';
import { Objects } from './objects.js';
import { type Bag, type Operand, showValue } from './operand.js';
import type { LoopRule } from './rules.js';
import type { Ordering } from './served-order.js';
import {
  bySort,
  type Collection,
  type Cursor,
  isCollection,
  isMapLike,
  isOrdered,
  nothing,
  type Ordered,
  openerOf,
  scanEntries,
  scanValues,
  showSource,
  sizeOf,
} from './sources.js';

/** The names that `each` binds: of a map perhaps the key, too. */
export interface Bindings {
  readonly key?: string;
  readonly name: string;
}

/** What `each` does with a collection that is there from the start. */
export function eachOf(source: Collection, bindings: Bindings): LoopRule {
  const what = `each ${namesOf(bindings).join(', ')}`;
  const open = openerFor(what, bindings, source, true);
  const accesses = accessesOf(source, bindings);
  return {
    kind: 'each',
    text: `${what} in ${showSource(source)}`,
    reads: [],
    binds: namesOf(bindings),
    open: () => open(source),
    size: () => sizeOf(source),
    accesses,
    orderings: accesses.flatMap((access) =>
      orderingOf(access, (row, isReversed) => {
        return access.open(everything, row, isReversed)!;
      }),
    ),
  };
}

function accessesOf(source: Collection & object, { key, name }: Bindings): Access[] {
  if (key !== undefined) return isMapLike(source) ? [knownKeyAccess(source, key, name)] : [];
  if (source instanceof Objects) return source.indexes.map((index) => indexAccess(index, name));
  if (isSortedList(source)) return [listAccess(source, name)];
  return isIndex(source) ? [indexAccess(source, name)] : [];
}

const everything: Bounds = { equal: [], low: undefined, high: undefined };

/** What an access is in the order of, as an order in which `open` goes through all. */
function orderingOf(
  { paths, text, sorting }: Access,
  open: Ordering['open'],
  isReversed = false,
): Ordering[] {
  if (!sorting) return [];
  return [{ paths, text, open, sorting: { ...sorting, isDescending: sorting.isDescending !== isReversed } }];
}

/** What it does with a collection that depends on earlier bindings. Where there is none, there are no elements. */
export function eachIn(source: Operand, bindings: Bindings): LoopRule {
  const { key, name } = bindings;
  const what = `each ${namesOf(bindings).join(', ')}`;
  // What a function makes is new each time.
  const open = bySort((found) => openerFor(what, bindings, found, source.path !== undefined));
  return {
    kind: 'each',
    text: `${what} in ${source.text}`,
    reads: source.reads,
    binds: namesOf(bindings),
    open: (row) => {
      const found = source.get(row);
      return isMissing(found) ? nothing : open(found)(found as Collection);
    },
    size: () => undefined,
    accesses: key === undefined ? [] : [keyAccess(source.get, key, name)],
    orderings: [],
  };
}

/** Goes through a part of what is sorted. */
export function rangeRule(
  bindings: Bindings,
  source: Ordered<unknown, unknown>,
  ends: readonly (readonly [end: string, operand: Operand])[],
  reverse: boolean,
): LoopRule {
  const { key, name } = bindings;
  const what = `range ${namesOf(bindings).join(', ')}`;
  checkCollection(what, source);
  const isMap = isMapLike(source);
  if (key !== undefined && !isMap) throw new TypeError(`${what}: ${showSource(source)} has no keys`);
  if (!isOrdered(source)) throw new TypeError(`${what}: ${showSource(source)} is not sorted`);
  const way = [...ends.map(([end, { text }]) => `${end} ${text}`), ...(reverse ? ['reverse'] : [])].join(' ');
  const open = (row: Bag, isTurned: boolean) => {
    const given = ends
      .map(([end, { get }]) => [end, get(row)] as const)
      .filter(([, value]) => !isMissing(value));
    const found = source.range({
      ...Object.fromEntries(given),
      ...(reverse !== isTurned && { reverse: true }),
    });
    return isMap ? scanEntries(found, key, name) : scanValues(found, name);
  };
  return {
    kind: 'each',
    text: `${what} in ${showSource(source)} ${way}`.trim(),
    reads: ends.flatMap(([, { reads }]) => reads),
    binds: namesOf(bindings),
    open: (row) => open(row, false),
    size: () => undefined,
    accesses: [],
    orderings: accessesOf(source, bindings).flatMap((access) => orderingOf(access, open, reverse)),
  };
}

function namesOf({ key, name }: Bindings): string[] {
  return key === undefined ? [name] : [key, name];
}

/**
 * How collections like this one are opened.
 *
 * @throws TypeError for what is none, for what has no keys where they are wanted, and for an iterator that will be wanted again:
 *   it has nothing left for the second row.
 */
function openerFor(
  what: string,
  { key, name }: Bindings,
  source: unknown,
  isWantedAgain: boolean,
): (source: Collection) => Cursor {
  checkCollection(what, source);
  if (isWantedAgain && 'next' in source) {
    throw new TypeError(`${what}: an iterator can be gone through but once; give what it is of, or an array`);
  }
  if (key === undefined) {
    const open = openerOf(source);
    return (found) => open(found, name);
  }
  if (!isMapLike(source)) throw new TypeError(`${what}: ${showSource(source)} has no keys`);
  return (found) => scanEntries(found, key, name);
}

function checkCollection(what: string, source: unknown): asserts source is Collection & object {
  if (!isCollection(source)) throw new TypeError(`${what}: ${showValue(source)} is no collection`);
}
