import { type Access, keyAccess, knownKeyAccess } from './access.js';
import { isMissing } from './compare-values.js';
import { indexAccess, isIndex } from './index-access.js';
import { Objects } from './objects.js';
import { type Bag, type Operand, showValue } from './operand.js';
import type { LoopRule } from './rules.js';
import {
  type Collection,
  type Cursor,
  isCollection,
  isMapLike,
  isOrdered,
  nothing,
  type Ordered,
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
export function eachOf(source: Collection, { key, name }: Bindings): LoopRule {
  const what = `each ${[key, name].filter(Boolean).join(', ')}`;
  const check = key === undefined ? checkCollection : checkMap;
  const checked = check(what, source)!;
  checkAgain(what, source);
  return {
    kind: 'each',
    text: `${what} in ${showSource(source)}`,
    reads: [],
    binds: key === undefined ? [name] : [key, name],
    open: () => scan(checked, { ...(key !== undefined && { key }), name }),
    size: () => sizeOf(source),
    accesses: accessesOf(source, { ...(key !== undefined && { key }), name }),
  };
}

function accessesOf(source: Collection, { key, name }: Bindings): Access[] {
  if (key !== undefined) return isMapLike(source) ? [knownKeyAccess(source, key, name)] : [];
  if (source instanceof Objects) return source.indexes.map((index) => indexAccess(index, name));
  return isIndex(source) ? [indexAccess(source, name)] : [];
}

/** What it does with a collection that depends on earlier bindings. Where there is none, there are no elements. */
export function eachIn(source: Operand, { key, name }: Bindings): LoopRule {
  const what = `each ${[key, name].filter(Boolean).join(', ')}`;
  const check = key === undefined ? checkCollection : checkMap;
  const bindings = { ...(key !== undefined && { key }), name };
  return {
    kind: 'each',
    text: `${what} in ${source.text}`,
    reads: source.reads,
    binds: key === undefined ? [name] : [key, name],
    open: (row: Bag) => {
      const found = check(what, source.get(row));
      // A function makes a new one each time.
      if (source.path) checkAgain(what, found);
      return found ? scan(found, bindings) : nothing;
    },
    size: () => undefined,
    accesses: key === undefined ? [] : [keyAccess(source.get, key, name)],
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
  const what = `range ${[key, name].filter(Boolean).join(', ')}`;
  const isMap = (key === undefined ? checkCollection : checkMap)(what, source) && isMapLike(source);
  if (!isOrdered(source)) throw new TypeError(`${what}: ${showSource(source)} is not sorted`);
  const way = [...ends.map(([end, { text }]) => `${end} ${text}`), ...(reverse ? ['reverse'] : [])].join(' ');
  return {
    kind: 'each',
    text: `${what} in ${showSource(source)} ${way}`.trim(),
    reads: ends.flatMap(([, { reads }]) => reads),
    binds: key === undefined ? [name] : [key, name],
    open: (row) => {
      const given = ends
        .map(([end, { get }]) => [end, get(row)] as const)
        .filter(([, value]) => !isMissing(value));
      const found = source.range({ ...Object.fromEntries(given), ...(reverse && { reverse }) });
      return isMap ? scanEntries(found, key, name) : scanValues(found, name);
    },
    size: () => undefined,
    accesses: [],
  };
}

function scan(source: Collection, { key, name }: Bindings): Cursor {
  return key === undefined ? scanValues(source, name) : scanEntries(source, key, name);
}

/** @throws TypeError for an iterator, which has nothing left for the second row that wants its elements. */
function checkAgain(what: string, source: unknown): void {
  if (isCollection(source) && 'next' in source) {
    throw new TypeError(`${what}: an iterator can be gone through but once; give what it is of, or an array`);
  }
}

/** @throws TypeError for what is no collection; `null` and `undefined` are none that is missed. */
function checkCollection(what: string, source: unknown): Collection | undefined {
  if (source === null || source === undefined) return undefined;
  if (isCollection(source)) return source;
  throw new TypeError(`${what}: ${showValue(source)} is no collection`);
}

function checkMap(what: string, source: unknown): Collection | undefined {
  const found = checkCollection(what, source);
  if (found && !isMapLike(found)) throw new TypeError(`${what}: ${showSource(found)} has no keys`);
  return found;
}
