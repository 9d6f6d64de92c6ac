import type { Access } from './access.js';
import type { Comparison } from './compare-values.js';
import type { Bag, Operand } from './operand.js';
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
}

/** Whether a row passes; binds what the rule binds. */
export type Check = (row: Bag) => boolean;

/** A rule that holds or not, and binds its names in one way. */
export interface CheckRule extends RuleBase {
  readonly kind: 'attribute' | 'constant' | 'lookup' | 'where' | 'any' | 'none';
  readonly check: Check;
  /** What it compares, if that is all it does. */
  readonly test?: { readonly left: Operand; readonly comparison: Comparison; readonly right: Operand };
  /** The path that its name is another name of. */
  readonly alias?: readonly string[];
  /** The rules of a sub-query. */
  readonly inner?: readonly Rule[];
}

export type Rule = LoopRule | CheckRule;
