import type { Access, Bounds, End } from './access.js';
import type { Comparison } from './compare-values.js';
import { isMissing } from './compare-values.js';
import type { Bag, Operand } from './operand.js';
import type { LoopRule, Via } from './rules.js';
import { type Ordering, type Served, servedBy, type WantedOrder } from './served-order.js';
import { nothing } from './sources.js';

/** A comparison with something bound before on its right. */
export interface Bound {
  readonly path: string;
  readonly comparison: Comparison;
  readonly right: Operand;
  /** The test that it is from. */
  readonly text: string;
}

/**
 * The way through a loop's collection that is expected to cost the least: as much as it gives, and as much again when that has to
 * be sorted. Nothing when going through all of it costs no more.
 */
export function chooseAccess(
  loop: LoopRule,
  bounds: readonly Bound[],
  given: Bag,
  wanted: readonly WantedOrder[],
): Via | undefined {
  const fixed = new Set(bounds.filter(({ comparison }) => comparison === '=').map(({ path }) => path));
  const choices = [
    ...loop.accesses.flatMap((access) => viaOf(access, loop, bounds, given, wanted, fixed) ?? []),
    ...loop.orderings.flatMap((ordering) => orderedVia(ordering, loop, wanted, fixed) ?? []),
  ];
  const cost = (size: number | undefined, served?: Served) => {
    return (size ?? Number.POSITIVE_INFINITY) * (wanted.length > 0 && !served ? 2 : 1);
  };
  const costs = new Map(choices.map((via) => [via, cost(via.estimate, via.served)]));
  const [best] = choices.sort((a, b) => costs.get(a)! - costs.get(b)! || 0);
  return best && costs.get(best)! <= cost(loop.size()) ? best : undefined;
}

/** All of a collection, in an order that is wanted. */
function orderedVia(
  { paths, text, sorting, open }: Ordering,
  loop: LoopRule,
  wanted: readonly WantedOrder[],
  fixed: ReadonlySet<string>,
): Via | undefined {
  const served = servedBy(wanted, paths, sorting, fixed);
  return (
    served && {
      text: `${text}${served.isReversed ? ', from the end' : ''}`,
      step: 'scan',
      served,
      estimate: loop.size(),
      open: (row) => open(row, served.isReversed),
    }
  );
}

function viaOf(
  access: Access,
  loop: LoopRule,
  bounds: readonly Bound[],
  given: Bag,
  wanted: readonly WantedOrder[],
  fixed: ReadonlySet<string>,
): Via | undefined {
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
  const count = counted(access, used, read, given);
  // What cannot be counted may turn out not to be in the index, and then everything is gone through.
  const served =
    access.sorting && count !== undefined ? servedBy(wanted, access.paths, access.sorting, fixed) : undefined;
  const tests = used.map(({ text }) => text).join(' and ');
  return {
    text: `${access.text}: ${tests}${served?.isReversed ? ', from the end' : ''}`,
    step: isFull ? 'lookup' : 'range',
    served,
    estimate:
      count ?? guess(loop.size(), isFull && access.isUnique, equal.length, used.length - equal.length),
    open: (row) => {
      const values = read(row);
      // Nothing is less or more than what is missing.
      if ((from && isMissing(values.low?.value)) || (to && isMissing(values.high?.value))) return nothing;
      return tried(() => access.open(values, row, served?.isReversed === true)) ?? loop.open(row);
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
