import type { Access } from './access.js';
import type { Comparison } from './compare-values.js';
import type { Bag, Operand } from './operand.js';
import type { Ordering, Served } from './served-order.js';
import type { Cursor } from './sources.js';

/** What all rules say of themselves. */
interface RuleBase {
  /** As it is shown in plans. */
  readonly text: string;
  /** The names that must be bound before it. */
  readonly reads: readonly string[];
  /** The names that it binds. */
  readonly binds: readonly string[];
}

/** A rule that binds its names in as many ways as a collection has elements. */
export interface LoopRule extends RuleBase {
  readonly kind: 'each';
  /** Goes through all of it. */
  open(row: Bag): Cursor;
  /** How many elements it has, when that is known without a row. */
  size(): number | undefined;
  /** Ways to go through a part of it, chosen by a comparison. */
  readonly accesses: readonly Access[];
  /** Orders in which it can go through all of it. */
  readonly orderings: readonly Ordering[];
}

/** Whether a row passes; binds what its rule binds. */
export type Check = (row: Bag) => boolean;

/** A rule that holds or not, and binds its names in one way. */
export interface CheckRule extends RuleBase {
  readonly kind: 'attribute' | 'constant' | 'lookup' | 'where' | 'any' | 'none';
  readonly check: Check;
  /** What it compares, if that is all it does. */
  readonly test?: { readonly left: Operand; readonly comparison: Comparison; readonly right: Operand };
  /** The path that its name is another name of. */
  readonly alias?: readonly string[];
  /** How a sub-query runs. */
  readonly inner?: Plan;
}

export type Rule = LoopRule | CheckRule;

/** A way through a collection that was chosen for a loop. */
export interface Via {
  /** What it is, and the tests that it answers. */
  readonly text: string;
  readonly step: 'lookup' | 'range' | 'scan';
  /** How much of the sorting it saves. */
  readonly served: Served | undefined;
  /** How many elements it is expected to give. */
  readonly estimate: number | undefined;
  readonly open: (row: Bag) => Cursor;
}

/** One loop of a plan, and what is done with each of its elements. */
export interface Level {
  readonly loop: LoopRule;
  readonly open: (row: Bag) => Cursor;
  /** The access that was chosen. */
  readonly via: Via | undefined;
  readonly checks: readonly CheckRule[];
  /** Whether a row passes all of them. */
  readonly passes: Check;
}

/** In which order rules run. */
export interface Plan {
  /** What needs no loop. */
  readonly checks: readonly CheckRule[];
  /** Whether a row passes all of them. */
  readonly passes: Check;
  readonly levels: readonly Level[];
  /** How much of the sorting the first loop saves, and the number of the element on which it stands. */
  readonly served: (Served & { readonly step: () => number }) | undefined;
  /** The names that it binds, in the order of the rules. */
  readonly names: readonly string[];
}
