import { nearest } from '@terrane/errors';
import { isAbsent } from './absent.js';
import { comparison, exactNumber, type Operator, type Test } from './compare.js';
import { blockLength, type ElementStore } from './element-store.js';
import { errors } from './errors.js';
import { type Narrow, narrowLoops } from './narrow.js';
import { PositionList, type Positions } from './positions.js';

/** What a column must satisfy: a value it equals, or comparisons that must all hold. */
export type Condition<T> =
  | (T extends object ? never : T)
  | null
  | {
      readonly eq?: T | null;
      readonly ne?: T | null;
      readonly lt?: T;
      readonly lte?: T;
      readonly gt?: T;
      readonly gte?: T;
      readonly in?: readonly (T | null)[];
    };

/** A condition for each of some columns; all must hold. */
export type Conditions<R extends object> = { readonly [Name in keyof R]?: Condition<NonNullable<R[Name]>> };

const operators: Readonly<Record<string, Operator>> = {
  eq: '==',
  ne: '!=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
};

/** One comparison of one column, ready to run over a block. */
type Step = (start: number, count: number, offsets: Uint32Array, candidates: number) => number;

/**
 * Compiles conditions over columns. The search runs in blocks: the first condition sees all elements, every further
 * one only what is left; numbers go first, because they are compared many at a time.
 *
 * @throws VEC_OPERAND for a comparison that a column does not have.
 */
export function compileConditions(
  conditions: object,
  storeOf: (name: string) => ElementStore<unknown>,
): (start: number, count: number, offsets: Uint32Array) => number {
  const fast: Step[] = [];
  const slow: Step[] = [];
  for (const [name, condition] of Object.entries(conditions)) {
    const store = storeOf(name);
    for (const [operator, value] of comparisonsOf(name, condition)) {
      if (value !== null && operator !== 'in') store.operand?.(value);
      const number = exactNumber(value);
      if (operator !== 'in' && number !== undefined && store.doubles !== undefined) {
        const test = comparison(store.kind, operator, value);
        fast.push(doubleStep(store.doubles, narrowLoops[operator], number));
        if (store.absent !== undefined && test(store.absent))
          fast.push(presentStep(store.doubles, store.absent));
      } else
        slow.push(
          testStep(store, operator === 'in' ? anyOf(store, value) : comparison(store.kind, operator, value)),
        );
    }
  }
  const steps = [...fast, ...slow];
  return (start, count, offsets) => {
    for (let i = 0; i < count; i++) offsets[i] = i;
    let left = count;
    for (const step of steps) if (left > 0) left = step(start, count, offsets, left);
    return left;
  };
}

/** Runs a compiled search over all elements, block by block; yields how many are done. */
export function* searchBlocks(
  length: number,
  search: ReturnType<typeof compileConditions>,
  list: PositionList,
): Generator<number> {
  const offsets = new Uint32Array(blockLength);
  for (let start = 0; start < length; start += blockLength) {
    const count = Math.min(blockLength, length - start);
    list.add(offsets, search(start, count, offsets), start);
    yield start + count;
  }
}

function comparisonsOf(name: string, condition: unknown): [Operator | 'in', unknown][] {
  if (typeof condition !== 'object' || condition === null || 're' in condition) return [['==', condition]];
  return Object.entries(condition).map(([key, value]) => {
    if (key === 'in') return ['in', value];
    const operator = Object.hasOwn(operators, key) ? operators[key] : undefined;
    if (operator !== undefined) return [operator, value];
    const near = nearest(key, [...Object.keys(operators), 'in']);
    throw errors.VEC_OPERAND({
      message: `no comparison ${JSON.stringify(key)} of ${JSON.stringify(name)}`,
      expected: [...Object.keys(operators), 'in'].join(', '),
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    });
  });
}

function doubleStep(
  doubles: NonNullable<ElementStore<unknown>['doubles']>,
  narrow: Narrow,
  value: number,
): Step {
  const scratch = new Float64Array(blockLength);
  return (start, count, offsets, candidates) =>
    narrow(doubles(start, count, scratch), value, offsets, candidates);
}

/** Leaves out missing values, where what stands for them satisfies a condition by chance. */
function presentStep(doubles: NonNullable<ElementStore<unknown>['doubles']>, absent: number): Step {
  const scratch = new Float64Array(blockLength);
  return (start, count, offsets, candidates) => {
    const block = doubles(start, count, scratch);
    let kept = 0;
    for (let k = 0; k < candidates; k++) {
      const offset = offsets[k]!;
      offsets[kept] = offset;
      if (!isAbsent(block[offset]!, absent)) kept++;
    }
    return kept;
  };
}

function testStep(store: ElementStore<unknown>, test: Test): Step {
  return (start, _count, offsets, candidates) => {
    let kept = 0;
    for (let k = 0; k < candidates; k++) {
      const offset = offsets[k]!;
      offsets[kept] = offset;
      if (test(store.get(start + offset))) kept++;
    }
    return kept;
  };
}

function anyOf(store: ElementStore<unknown>, values: unknown): Test {
  if (!Array.isArray(values)) throw errors.VEC_OPERAND({ message: '"in" takes a list of values' });
  for (const value of values) if (value !== null) store.operand?.(value);
  const tests = values.map((value) => comparison(store.kind, '==', value));
  return (element) => tests.some((test) => test(element));
}

/** All positions that a search finds. */
export function searchAll(length: number, search: ReturnType<typeof compileConditions>): Positions {
  const list = new PositionList(length);
  for (const _ of searchBlocks(length, search, list)) {
    // All the work is in the generator.
  }
  return list.result();
}
