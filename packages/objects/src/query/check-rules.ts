import { type Comparison, comparisons } from './compare-values.js';
import { Machine } from './machine.js';
import { type Operand, showValue, valueOperand } from './operand.js';
import { planRules } from './planner.js';
import type { CheckRule, Rule } from './rules.js';
import { bySort, isMapLike, type MapLike, peekOf, showSource } from './sources.js';

/** Binds what an operand gives. */
export function attributeRule(name: string, { get, reads, text, path }: Operand): CheckRule {
  return {
    kind: 'attribute',
    text: `${name} = ${text}`,
    reads,
    binds: [name],
    ...(path && { alias: path }),
    check: (row) => {
      row[name] = get(row);
      return true;
    },
  };
}

/** Binds a value. */
export function constantRule(name: string, value: unknown): CheckRule {
  return { ...attributeRule(name, valueOperand(value)), kind: 'constant' };
}

/** Binds the value of a key; does not hold where either is missing. */
export function lookupRule(name: string, source: Operand, key: Operand): CheckRule {
  const peek = bySort((found) => peekOf(asMap(found)));
  return {
    kind: 'lookup',
    text: `${name} of key ${key.text} in ${source.text}`,
    reads: [...source.reads, ...key.reads],
    binds: [name],
    check: (row) => {
      const found = source.get(row);
      const wanted = key.get(row);
      if (found === null || found === undefined || wanted === null || wanted === undefined) return false;
      const map = found as MapLike<unknown, unknown>;
      const value = peek(found)(map, wanted);
      row[name] = value;
      return value !== undefined || map.has(wanted);
    },
  };
}

/** Compares two operands. @throws TypeError for an unknown comparison */
export function compareRule(what: string, left: Operand, comparison: Comparison, right: Operand): CheckRule {
  if (!Object.hasOwn(comparisons, comparison)) {
    const known = Object.keys(comparisons).join(' ');
    throw new TypeError(`${what}: "${comparison}" is no comparison; known: ${known}`);
  }
  const holds = comparisons[comparison];
  return {
    kind: 'where',
    text: `${left.text} ${comparison} ${right.text}`,
    reads: [...left.reads, ...right.reads],
    binds: [],
    test: { left, comparison, right },
    check: (row) => holds(left.get(row), right.get(row)),
  };
}

/** Holds when other rules, which begin with what is bound here, have a row, or when they have none. */
export function existsRule(
  kind: 'any' | 'none',
  inner: readonly Rule[],
  names: readonly string[],
): CheckRule {
  const own = new Set(inner.flatMap(({ binds }) => binds));
  const reads = new Set(inner.flatMap((rule) => rule.reads));
  const plan = planRules(inner, names, {});
  return {
    kind,
    text: `of ${inner.length} rules`,
    reads: [...reads].filter((name) => !own.has(name)),
    binds: [],
    inner: plan,
    check: (row) => {
      const machine = new Machine(plan, row);
      const isThere = machine.next();
      machine.close();
      return isThere === (kind === 'any');
    },
  };
}

/** @throws TypeError for what is no map. */
export function asMap(source: unknown): MapLike<unknown, unknown> {
  if (isMapLike(source)) return source;
  throw new TypeError(
    `lookup: ${typeof source === 'object' ? showSource(source) : showValue(source)} is no map`,
  );
}
