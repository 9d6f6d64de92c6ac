import { allOf } from './planner.js';
import type { CheckRule, Plan } from './rules.js';
import type { Cursor } from './sources.js';

/** How often each rule let something through, by its place in the plan. */
export type Counts = Map<object, number>;

/** The same plan, which counts what its rules let through. */
export function countPlan({ checks, levels, names, served }: Plan, counts: Counts): Plan {
  const add = (rule: object) => counts.set(rule, counts.get(rule)! + 1);
  const countCheck = (rule: CheckRule): CheckRule => {
    counts.set(rule, 0);
    return {
      ...rule,
      check: (row) => {
        const isThrough = rule.check(row);
        if (isThrough) add(rule);
        return isThrough;
      },
    };
  };
  const countCursor = (cursor: Cursor, rule: object): Cursor => ({
    next: (row) => {
      const isThere = cursor.next(row);
      if (isThere) add(rule);
      return isThere;
    },
    close: () => cursor.close(),
  });
  const countChecks = (rules: readonly CheckRule[]) => {
    const counted = rules.map(countCheck);
    return { checks: counted, passes: allOf(counted) };
  };
  return {
    names,
    served,
    ...countChecks(checks),
    levels: levels.map((level) => {
      counts.set(level.loop, 0);
      return {
        ...level,
        ...countChecks(level.checks),
        open: (row) => countCursor(level.open(row), level.loop),
      };
    }),
  };
}
