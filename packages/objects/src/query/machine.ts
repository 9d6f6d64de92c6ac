import type { Bag } from './operand.js';
import type { Frames } from './row-frames.js';
import type { Plan } from './rules.js';
import type { Cursor } from './sources.js';

/** Runs a plan: a stack of cursors, one for each loop, and one row that they fill. */
export class Machine implements Frames {
  readonly row: Bag;
  readonly #plan: Plan;
  readonly #cursors: Cursor[] = [];
  #state: 'new' | 'running' | 'done' = 'new';

  constructor(plan: Plan, given: Bag) {
    this.row = { ...given };
    for (const name of plan.names) this.row[name] = undefined;
    this.#plan = plan;
  }

  next(): boolean {
    if (this.#state === 'done') return false;
    try {
      if (this.#state === 'running') return this.#advance(this.#plan.levels.length - 1);
      this.#state = 'running';
      if (this.#plan.passes(this.row)) return this.#enter(0) || this.#advance(this.#cursors.length - 1);
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
    const { levels } = this.#plan;
    if (depth === levels.length) return true;
    this.#cursors.push(levels[depth]!.open(this.row));
    return false;
  }

  /** Goes on in the loop at a depth, and from there out and in again, until all loops stand on a row. */
  #advance(start: number): boolean {
    const { row } = this;
    const { levels } = this.#plan;
    const cursors = this.#cursors;
    let depth = start;
    while (depth >= 0) {
      if (!cursors[depth]!.next(row)) {
        cursors.pop();
        depth--;
      } else if (levels[depth]!.passes(row)) {
        if (this.#enter(++depth)) return true;
      }
    }
    this.#state = 'done';
    return false;
  }
}
