import { type Access, keyAccess } from './access.js';
import { type Bag, type Operand, showValue } from './operand.js';
import type { LoopRule } from './rules.js';
import {
  type Collection,
  type Cursor,
  isCollection,
  isMapLike,
  nothing,
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
  const isByKey = key !== undefined && isMapLike(source);
  const accesses: Access[] = isByKey ? [keyAccess(source, key, name)] : [];
  return {
    kind: 'each',
    text: `${what} in ${showSource(source)}`,
    reads: [],
    binds: key === undefined ? [name] : [key, name],
    open: () => scan(checked, { ...(key !== undefined && { key }), name }),
    size: () => sizeOf(source),
    accesses,
  };
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
      return found ? scan(found, bindings) : nothing;
    },
    size: () => undefined,
    accesses: [],
  };
}

function scan(source: Collection, { key, name }: Bindings): Cursor {
  return key === undefined ? scanValues(source, name) : scanEntries(source, key, name);
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
