import { addressOf, LiveObject } from '../live/live-object.js';
import { allParts, idOf, meetInPlace, meetKeyed, meetRows } from './compare-collections.js';
import { isOneObject } from './one-object.js';
import { absent, isIndexed, isSameValue, partAt } from './parts.js';
import type { PathStep, PatternState } from './path-pattern.js';
import type { TwoStates } from './two-states.js';

/** A difference, with the live objects of either state. */
export interface Difference {
  readonly path: readonly unknown[];
  readonly before: unknown;
  readonly after: unknown;
}

/** Two values that the same path leads to. */
interface Spot {
  readonly above: Spot | undefined;
  readonly key: unknown;
  readonly before: unknown;
  readonly after: unknown;
  readonly state: PatternState;
}

/**
 * What differs between two states of a store, where a pattern leads. What hangs together in circles is gone through once;
 * where objects can be reached on several ways, `'**'` shows the shortest. What no path of the pattern leads to is not read.
 */
export function compareStates(
  states: TwoStates,
  before: unknown,
  after: unknown,
  pattern: PatternState,
): Difference[] {
  const found: Difference[] = [];
  const work: Spot[] = [{ above: undefined, key: undefined, before, after, state: pattern }];
  const seen = new Map<PatternState, Set<unknown>>();

  const meet = (above: Spot, key: unknown, was: unknown, is: unknown) => {
    const state = above.state.next(key);
    if (!state) return;
    const isOne = isOneObject(was, is);
    const isSame = (isOne && !states.touched(is as LiveObject)) || isSameValue(was, is);
    if (state.here && !isSame) found.push({ path: pathOf(above, key), before: was, after: is });
    // That all of it was replaced says it all.
    if (state.depth === 0 || (state.all && !isOne)) return;
    if (!(was instanceof LiveObject || is instanceof LiveObject)) return;
    if (state.depth === Number.POSITIVE_INFINITY && !isFirst(seen, state, was, is)) return;
    work.push({ above, key, before: was, after: is, state });
  };

  for (let index = 0; index < work.length; index++) {
    const spot = work[index]!;
    meetParts(states, spot, (key, was, is) => meet(spot, key, was, is));
  }
  return found;
}

function meetParts(
  states: TwoStates,
  { before, after, state }: Spot,
  meet: (key: unknown, was: unknown, is: unknown) => void,
): void {
  if (!state.anyStep) {
    for (const step of state.steps) {
      const old = step instanceof LiveObject ? states.asBefore(step) : step;
      const was = old === absent ? undefined : partAt(before, old as PathStep);
      const is = partAt(after, step);
      if (was ?? is) meet((is ?? was)![0], was ? was[1] : absent, is ? is[1] : absent);
    }
    return;
  }
  const isOne = isOneObject(before, after);
  if (isOne && meetInPlace(states, before as LiveObject, after as LiveObject, state.depth, meet)) return;
  const rows = isIndexed(before) && isIndexed(after);
  if (rows) meetRows(before as unknown as LiveObject, after as unknown as LiveObject, 0, meet);
  else meetKeyed(allParts(before), allParts(after), meet);
}

/** Whether a pair of objects was not met in this state of the pattern before. */
function isFirst(
  seen: Map<PatternState, Set<unknown>>,
  state: PatternState,
  was: unknown,
  is: unknown,
): boolean {
  const pairs = seen.get(state) ?? new Set();
  seen.set(state, pairs);
  const id = isOneObject(was, is) ? addressOf(is as LiveObject) : `${String(idOf(was))} ${String(idOf(is))}`;
  if (pairs.has(id)) return false;
  pairs.add(id);
  return true;
}

function pathOf(above: Spot, key: unknown): unknown[] {
  const path = [key];
  for (let spot = above; spot.above; spot = spot.above) path.unshift(spot.key);
  return path;
}
