import { type Bound, chooseAccess } from './choose-access.js';
import { exchanged } from './compare-values.js';
import type { Bag } from './operand.js';
import type { Check, CheckRule, Level, Plan, Rule } from './rules.js';
import type { Order } from './served-order.js';
import type { Cursor } from './sources.js';

/**
 * Plans rules: loops stay in their order, everything else runs as soon as what it reads is bound, and a loop goes through an
 * access when a test can choose elements there. The test stays, so that an access may give too much.
 *
 * @param names - what is bound before.
 * @param given - the values of those that are known by now.
 * @param orders - what the rows are sorted by: the first loop may go through an order that saves that.
 */
export function planRules(
  rules: readonly Rule[],
  names: readonly string[],
  given: Bag,
  orders: readonly Order[] = [],
): Plan {
  const bound = new Set(names);
  const aliases = aliasesOf(rules);
  let waiting = rules.filter((rule) => rule.kind !== 'each');
  const settle = (): CheckRule[] => {
    const ready: CheckRule[] = [];
    waiting = waiting.filter((rule) => {
      if (!rule.reads.every((name) => bound.has(name))) return true;
      for (const name of rule.binds) bound.add(name);
      ready.push(rule);
      return false;
    });
    return ready;
  };
  const checks = settle();
  const wanted = orders.map(({ path, isDescending }) => {
    return { path: path && canonical(path, aliases), isDescending };
  });
  const levels = rules
    .filter((rule) => rule.kind === 'each')
    .map((loop, index): Level => {
      const via = chooseAccess(loop, boundsOf(waiting, aliases, bound), given, index === 0 ? wanted : []);
      for (const name of loop.binds) bound.add(name);
      const checks = settle();
      return { loop, via, open: via?.open ?? ((row) => loop.open(row)), checks, passes: allOf(checks) };
    });
  return {
    checks,
    passes: allOf(checks),
    ...counting(levels),
    names: rules.flatMap((rule) => rule.binds),
  };
}

/** The loops, of which the first counts its elements when it saves sorting. */
function counting(levels: readonly Level[]): Pick<Plan, 'levels' | 'served'> {
  const [first, ...inner] = levels;
  const served = first?.via?.served;
  if (!served) return { levels, served: undefined };
  let step = 0;
  const open = (row: Bag): Cursor => {
    const cursor = first.open(row);
    return {
      next: (row) => {
        step++;
        return cursor.next(row);
      },
      close: () => cursor.close(),
    };
  };
  return { levels: [{ ...first, open }, ...inner], served: { ...served, step: () => step } };
}

/** Whether a row passes rules, one after the other. */
export function allOf(rules: readonly CheckRule[]): Check {
  const checks = rules.map(({ check }) => check);
  if (checks.length === 1) return checks[0]!;
  return (row) => {
    for (let index = 0; index < checks.length; index++) if (!checks[index]!(row)) return false;
    return true;
  };
}

/** The paths that names stand for. */
function aliasesOf(rules: readonly Rule[]): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const rule of rules) {
    if (rule.kind === 'attribute' && rule.alias) {
      aliases.set(rule.binds[0]!, canonical(rule.alias, aliases));
    }
  }
  return aliases;
}

function canonical([name, ...fields]: readonly string[], aliases: ReadonlyMap<string, string>): string {
  return [aliases.get(name!) ?? name, ...fields].join('.');
}

/** The comparisons that were not made yet, with something that is bound already on their right. */
function boundsOf(
  waiting: readonly CheckRule[],
  aliases: ReadonlyMap<string, string>,
  bound: ReadonlySet<string>,
): Bound[] {
  return waiting.flatMap(({ test, text }) => {
    if (!test) return [];
    const { left, comparison, right } = test;
    const sides = [
      { left, comparison, right },
      { left: right, comparison: exchanged[comparison], right: left },
    ];
    return sides.flatMap((side): Bound[] => {
      if (!side.left.path || !side.right.reads.every((name) => bound.has(name))) return [];
      return [
        { path: canonical(side.left.path, aliases), comparison: side.comparison, right: side.right, text },
      ];
    });
  });
}
