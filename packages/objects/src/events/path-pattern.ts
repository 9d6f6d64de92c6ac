import type { LiveObject } from '../live/live-object.js';
import { isOneObject } from './one-object.js';

/**
 * One step of a path: the name of a field, the key of a map, the value of a set or the index of a list; `'*'` for any of
 * them, `'**'` for any number of steps.
 */
export type PathStep = string | number | bigint | boolean | Date | LiveObject;

/** Where in a pattern the walk is. */
export interface PatternState {
  /** What is here is meant. */
  readonly here: boolean;
  /** How many levels below may be meant: 0 for none, infinity where there is a `'**'`. */
  readonly depth: number;
  /** Not only the steps named in `steps` lead on. */
  readonly anyStep: boolean;
  /** All below is meant, however deep: when what is here was replaced as a whole, that says it all. */
  readonly all: boolean;
  /** The steps that lead on by name. */
  readonly steps: readonly PathStep[];
  /** What a step leads to; nothing when that is none of the watcher's business. */
  next(step: unknown): PatternState | undefined;
}

/** Steps of a path that is written with dots. @throws TypeError */
export function parsePath(path: string | readonly PathStep[]): readonly PathStep[] {
  const steps = typeof path === 'string' ? path.split('.') : Array.isArray(path) ? [...path] : [];
  if (steps.length > 0 && !steps.includes('')) return steps;
  throw new TypeError('a path is one step or more: names, keys and indexes, "*" for any, "**" for all below');
}

/** The state at the beginning of a pattern. Equal states are one object. */
export function compilePattern(pattern: readonly PathStep[]): PatternState {
  const known = new Map<string, PatternState>();
  const stateAt = (given: readonly number[]): PatternState => {
    const positions = closure(pattern, given);
    const id = positions.join();
    const found = known.get(id);
    if (found) return found;
    const made = makeState(pattern, positions, stateAt);
    known.set(id, made);
    return made;
  };
  return stateAt([0]);
}

/** With each position before `'**'` also the one after it, for no step at all. */
function closure(pattern: readonly PathStep[], given: readonly number[]): number[] {
  const positions = new Set<number>();
  for (let position of given) {
    positions.add(position);
    while (pattern[position] === '**') positions.add(++position);
  }
  return [...positions].sort((a, b) => a - b);
}

function makeState(
  pattern: readonly PathStep[],
  positions: readonly number[],
  stateAt: (positions: readonly number[]) => PatternState,
): PatternState {
  const wanted = positions.filter((position) => position < pattern.length).map((at) => pattern[at]!);
  const steps = wanted.filter((step) => step !== '*' && step !== '**');
  const endless = pattern.slice(positions[0]).includes('**');
  return {
    here: positions.includes(pattern.length),
    depth: endless ? Number.POSITIVE_INFINITY : pattern.length - positions[0]!,
    anyStep: steps.length < wanted.length,
    all: pattern.at(-1) === '**' && positions.includes(pattern.length - 1),
    steps,
    next: (step) => {
      const reached: number[] = [];
      for (const position of positions) {
        const want = pattern[position];
        if (want === '**') reached.push(position);
        else if (want !== undefined && (want === '*' || isStep(want, step))) reached.push(position + 1);
      }
      return reached.length === 0 ? undefined : stateAt(reached);
    },
  };
}

/** Whether a key is the one that a step names. Text stands for what is written that way. */
export function isStep(step: PathStep, key: unknown): boolean {
  if (step === key) return true;
  if (typeof step === 'string') return typeof key !== 'object' && String(key) === step;
  if (step instanceof Date) return key instanceof Date && key.getTime() === step.getTime();
  return isOneObject(step, key);
}
