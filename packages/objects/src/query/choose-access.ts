import type { Access, Bounds, End } from './access.js';
import type { Comparison } from './compare-values.js';
import { isMissing } from './compare-values.js';
import type { Bag, Operand } from './operand.js';
import type { LoopRule, Via } from './rules.js';
import { nothing } from './sources.js';

/** A comparison with something bound before on its right. */
export interface Bound {
  readonly path: string;
  readonly comparison: Comparison;
  readonly right: Operand;
  /** The test that it is from. */
  readonly text: string;
}

/** The access of a loop that is expected to give the least, unless going through all gives no more. */
export function chooseAccess(loop: LoopRule, bounds: readonly Bound[], given: Bag): Via | undefined {
  const all = loop.size();
  const choices = loop.accesses.flatMap((access) => viaOf(access, loop, bounds, given) ?? []);
  const costs = new Map(choices.map((via) => [via, via.estimate ?? Number.POSITIVE_INFINITY]));
  const [best] = choices.sort((a, b) => costs.get(a)! - costs.get(b)!);
  return best && costs.get(best)! <= (all ?? Number.POSITIVE_INFINITY) ? best : undefined;
}

function viaOf(access: Access, loop: LoopRule, bounds: readonly Bound[], given: Bag): Via | undefined {
  const find = (path: string, ...wanted: Comparison[]) => {
    return bounds.find((bound) => bound.path === path && wanted.includes(bound.comparison));
  };
  const equal: Bound[] = [];
  for (const path of access.paths) {
    const found = find(path, '=');
    if (!found) break;
    equal.push(found);
  }
  const isFull = equal.length === access.paths.length;
  const next = access.isOrdered ? access.paths[equal.length] : undefined;
  const from = next === undefined ? undefined : find(next, '>', '>=');
  const to = next === undefined ? undefined : find(next, '<', '<=');
  const used = [...equal, ...(from ? [from] : []), ...(to ? [to] : [])];
  if (used.length === 0 || (!isFull && !access.isOrdered)) return undefined;
  const read = (row: Bag): Bounds => ({
    equal: equal.map(({ right }) => right.get(row)),
    low: from && endOf(from, row),
    high: to && endOf(to, row),
  });
  return {
    access,
    text: used.map(({ text }) => text).join(' and '),
    isLookup: isFull,
    estimate:
      counted(access, used, read, given) ??
      guess(loop.size(), isFull && access.isUnique, equal.length, used.length - equal.length),
    open: (row) => {
      const values = read(row);
      // Nothing is less or more than what is missing.
      if ((from && isMissing(values.low?.value)) || (to && isMissing(values.high?.value))) return nothing;
      return tried(() => access.open(values, row)) ?? loop.open(row);
    },
  };
}

/** The end of a range that a comparison makes. A number that 32 bits round belongs to it in any case: what it becomes does. */
function endOf({ comparison, right }: Bound, row: Bag): End {
  const value = right.get(row);
  const isRounded = typeof value === 'number' && value !== Math.fround(value);
  return { value, isOpen: !isRounded && (comparison === '>' || comparison === '<') };
}

/** What the access says, where all that it is asked for is given. */
function counted(
  access: Access,
  used: readonly Bound[],
  read: (row: Bag) => Bounds,
  given: Bag,
): number | undefined {
  const isGiven = used.every(({ right }) => right.reads.every((name) => Object.hasOwn(given, name)));
  return isGiven && access.count ? tried(() => access.count!(read(given))) : undefined;
}

/** How many elements to expect where nobody knows: a tenth for each value that is equal, and two fifths for each bound. */
function guess(all: number | undefined, isOne: boolean, equal: number, bounds: number): number | undefined {
  if (isOne) return 1;
  return all === undefined ? undefined : Math.ceil(all * 0.1 ** equal * 0.4 ** bounds);
}

/** A key that does not fit an index is no reason to fail: nothing equals it, which going through all finds out. */
function tried<Result>(ask: () => Result): Result | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
}
