import type { Bag } from './operand.js';
import type { Level, Plan } from './planner.js';
import type { Check, CheckRule } from './rules.js';
import type { Cursor } from './sources.js';

/** Rows, one after the other; the row is the same object each time, filled anew. */
export interface Frames {
  readonly row: Bag;
  /** Goes to the next row; false at the end. */
  next(): boolean;
  /** Lets go of the collections before the end. */
  close(): void;
}

/** How often each rule let something through, by rule. */
export type Counts = Map<object, number>;

/** Runs a plan: a stack of cursors, one for each loop, and one row that they fill. */
export class Machine implements Frames {
  readonly row: Bag;
  readonly #checks: readonly Check[];
  readonly #levels: readonly Loop[];
  readonly #cursors: Cursor[] = [];
  #state: 'new' | 'running' | 'done' = 'new';

  constructor({ checks, levels, names }: Plan, given: Bag, counts?: Counts) {
    this.row = { ...given };
    for (const name of names) this.row[name] = undefined;
    this.#checks = checksOf(checks, counts);
    this.#levels = levels.map((level) => loopOf(level, counts));
  }

  next(): boolean {
    if (this.#state === 'done') return false;
    try {
      if (this.#state === 'running') return this.#advance(this.#levels.length - 1);
      this.#state = 'running';
      if (passes(this.#checks, this.row)) return this.#enter(0) || this.#advance(this.#cursors.length - 1);
    } catch (error) {
      this.close();
      throw error;
    }
    this.#state = 'done';
    return false;
  }

  close(): void {
    this.#state = 'done';
    for (const cursor of this.#cursors.splice(0).reverse()) cursor.close();
  }

  /** Opens a loop; true when there is none left to open. */
  #enter(depth: number): boolean {
    if (depth === this.#levels.length) return true;
    this.#cursors.push(this.#levels[depth]!.open(this.row));
    return false;
  }

  /** Goes on in the loop at a depth, and from there out and in again, until all loops stand on a row. */
  #advance(start: number): boolean {
    const { row } = this;
    const levels = this.#levels;
    const cursors = this.#cursors;
    let depth = start;
    while (depth >= 0) {
      if (!cursors[depth]!.next(row)) {
        cursors.pop();
        depth--;
      } else if (passes(levels[depth]!.checks, row)) {
        if (this.#enter(++depth)) return true;
      }
    }
    this.#state = 'done';
    return false;
  }
}

interface Loop {
  readonly open: (row: Bag) => Cursor;
  readonly checks: readonly Check[];
}

function passes(checks: readonly Check[], row: Bag): boolean {
  for (let index = 0; index < checks.length; index++) if (!checks[index]!(row)) return false;
  return true;
}

function checksOf(rules: readonly CheckRule[], counts?: Counts): Check[] {
  return rules.map((rule) => {
    if (!counts) return rule.check;
    counts.set(rule, 0);
    return (row) => {
      const isThrough = rule.check(row);
      if (isThrough) add(counts, rule);
      return isThrough;
    };
  });
}

function loopOf(level: Level, counts?: Counts): Loop {
  const checks = checksOf(level.checks, counts);
  if (!counts) return { open: level.open, checks };
  counts.set(level.loop, 0);
  return { open: (row) => counted(level.open(row), () => add(counts, level.loop)), checks };
}

function counted(cursor: Cursor, count: () => void): Cursor {
  return {
    next: (row) => {
      const isThere = cursor.next(row);
      if (isThere) count();
      return isThere;
    },
    close: () => cursor.close(),
  };
}

function add(counts: Counts, rule: object): void {
  counts.set(rule, counts.get(rule)! + 1);
}
