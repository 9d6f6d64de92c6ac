import { addressOf, LiveObject, serialKey } from '../live/live-object.js';
import { PersistentObject } from '../live/record.js';
import { isOneObject } from './one-object.js';
import { absent, isIndexed, isSameValue, type Part, partAt, partsOf } from './parts.js';
import type { PathStep, PatternState } from './path-pattern.js';

/** What the comparison has to know of the two states. */
export interface TwoStates {
  /** Whether anything of an object's own level, its fields or its elements, may differ between the two. */
  touched(object: LiveObject): boolean;
  /** Whether any object was freed between the two. */
  readonly freed: boolean;
  /** The object as it was before. */
  asBefore(object: LiveObject): unknown;
}

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
    if (
      state.here &&
      !(isOne ? !states.touched(is as LiveObject) || isSameValue(was, is) : isSameValue(was, is))
    ) {
      found.push({ path: pathOf(above, key), before: was, after: is });
    }
    // That all of it was replaced says it all.
    if (!state.below || (state.all && !isOne)) return;
    if (!(was instanceof LiveObject || is instanceof LiveObject)) return;
    if (state.endless && !isFirst(seen, state, was, is)) return;
    work.push({ above, key, before: was, after: is, state });
  };

  for (let index = 0; index < work.length; index++) {
    const spot = work[index]!;
    const isSame = isOneObject(spot.before, spot.after) && !states.touched(spot.after as LiveObject);
    if (!spot.state.anyStep) meetNamed(states, spot, meet);
    else if (isSame) meetQuiet(states, spot, meet);
    else if (isIndexed(spot.before) && isIndexed(spot.after)) meetRows(spot, meet);
    else meetKeyed(spot, meet);
  }
  return found;
}

type Meet = (above: Spot, key: unknown, before: unknown, after: unknown) => void;

/** Only the steps that the pattern names. */
function meetNamed(states: TwoStates, spot: Spot, meet: Meet): void {
  for (const step of spot.state.steps) {
    const old = step instanceof LiveObject ? states.asBefore(step) : step;
    const was = old === absent ? undefined : partAt(spot.before, old as PathStep);
    const is = partAt(spot.after, step);
    if (was ?? is) meet(spot, (is ?? was)![0], was ? was[1] : absent, is ? is[1] : absent);
  }
}

/** The parts of an object that is as it was: only what they lead to may have changed, or be gone. */
function meetQuiet(states: TwoStates, spot: Spot, meet: Meet): void {
  const isRecord = spot.after instanceof PersistentObject;
  for (const [key, is] of partsOf(spot.after as LiveObject)) {
    if (is instanceof LiveObject) meet(spot, key, states.asBefore(is), is);
    else if (is === absent || is === null) {
      // A reference to what was freed, a weak one or not.
      if (states.freed) meet(spot, key, partAt(spot.before, key as string)?.[1] ?? absent, is);
    } else if (!isRecord) return;
  }
}

/** The parts of either state by their keys. */
function meetKeyed(spot: Spot, meet: Meet): void {
  const old = new Map<unknown, Part>();
  if (spot.before instanceof LiveObject)
    for (const part of partsOf(spot.before)) old.set(idOf(part[0]), part);
  const now = spot.after instanceof LiveObject ? [...partsOf(spot.after)] : [];
  const left = new Map(old);
  for (const [key] of now) left.delete(idOf(key));
  for (const [key, was] of left.values()) meet(spot, key, was, absent);
  for (const [key, is] of now) {
    const was = old.get(idOf(key));
    meet(spot, key, was ? was[1] : absent, is);
  }
}

/** Elements of lists: what is the same at both ends keeps its place, and what is between was replaced, put in or taken out. */
function meetRows(spot: Spot, meet: Meet): void {
  const old = Array.from(partsOf(spot.before as LiveObject), ([, value]) => value);
  const now = Array.from(partsOf(spot.after as LiveObject), ([, value]) => value);
  const shorter = Math.min(old.length, now.length);
  let first = 0;
  while (first < shorter && isSameValue(old[first], now[first])) first++;
  let last = 0;
  while (last < shorter - first && isSameValue(old.at(-1 - last), now.at(-1 - last))) last++;
  const paired = shorter - last;
  for (let index = 0; index < paired; index++) meet(spot, index, old[index], now[index]);
  for (let index = paired; index < old.length - last; index++) meet(spot, index, old[index], absent);
  for (let index = paired; index < now.length - last; index++) meet(spot, index, absent, now[index]);
  for (let back = last; back > 0; back--) {
    meet(spot, now.length - back, old[old.length - back], now[now.length - back]);
  }
}

/** What tells keys apart: objects by identity, dates and bytes by value. */
function idOf(key: unknown): unknown {
  if (key instanceof LiveObject) return `object ${addressOf(key)} ${key[serialKey]}`;
  if (key instanceof Date) return `date ${key.getTime()}`;
  if (key instanceof Uint8Array) return `bytes ${key.join()}`;
  return typeof key === 'string' ? `text ${key}` : key;
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
