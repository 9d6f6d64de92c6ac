import { checkOptions, nearest } from '@terrane/errors';
import { asMap, attributeRule, compareRule, constantRule, existsRule, lookupRule } from './check-rules.js';
import type { Comparison } from './compare-values.js';
import { type Bindings, eachIn, eachOf, rangeRule } from './each-rule.js';
import { edgeRule } from './edge-rule.js';
import { type Explanation, explainPlan } from './explain.js';
import {
  type Bag,
  knownName,
  type Operand,
  type OperandInput,
  operandOf,
  showFunction,
  valueOperand,
} from './operand.js';
import { planRules } from './planner.js';
import type {
  At,
  Comparable,
  EdgeOf,
  ElementOf,
  Fresh,
  OperandOf,
  Path,
  Resolve,
  With,
} from './row-types.js';
import { Rows } from './rows.js';
import type { Rule } from './rules.js';
import type {
  EndLookup,
  FittingBounds,
  KeyOf,
  MapSource,
  RangeBounds,
  Source,
  ValueOf,
} from './source-types.js';
import { type Collection, type MapLike, type Ordered, showSource } from './sources.js';

/** What a query is made of. */
interface Parts {
  /** Names that `run` gives values to. */
  readonly params: readonly string[];
  /** Names that the query around this one binds. */
  readonly outer: readonly string[];
  readonly rules: readonly Rule[];
}

/**
 * Rules that bind names to values. Each call makes another query and leaves this one as it is; the type is that of the rows. The
 * loops run in the order in which they are written, everything else as soon as what it reads is bound.
 *
 * A path is the name of a binding, or goes on from there: `'p.boss.name'`. It goes through `null` as `?.` does. Where a path
 * is expected, a function of the row mostly does as well; the row that it gets is filled anew each time, so it must not be kept.
 *
 * @throws TypeError in all methods for names that are not bound, or bound already.
 */
export class Query<Row, Params> implements Iterable<Row> {
  readonly #parts: Parts;

  /** @internal */
  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Goes through a collection; of a map through the values, and with two names through keys and values. The collection may be
   * given, or come from earlier bindings, by a path or a function; where that gives `null` or nothing, there are no elements.
   */
  each<const N extends string, S extends Source<Row & Params>>(
    name: Fresh<Row & Params, N>,
    source: S & OperandOf<Row & Params, S>,
  ): Query<With<Row, N, ElementOf<Resolve<Row & Params, S>>>, Params>;
  each<const K extends string, const N extends string, S extends MapSource<Row & Params>>(
    names: readonly [Fresh<Row & Params, K>, Fresh<Row & Params, N>],
    source: S & OperandOf<Row & Params, S>,
  ): Query<With<With<Row, K, KeyOf<Resolve<Row & Params, S>>>, N, ValueOf<Resolve<Row & Params, S>>>, Params>;
  each(names: string | readonly [string, string], source: Collection | OperandInput): never {
    const bindings = bindingsOf(names);
    const isOperand = typeof source === 'string' || typeof source === 'function';
    const rule = isOperand ? eachIn(this.#operand('each', source), bindings) : eachOf(source, bindings);
    return this.#add(rule) as never;
  }

  /**
   * Goes through a part of what is sorted: of a sorted map the values, with two names keys and values; of an index the objects. Each
   * bound is a path or a function of the row; one that gives `null` or nothing is open.
   */
  range<
    const N extends string,
    S extends Ordered<unknown, unknown>,
    const B extends RangeBounds<Row & Params>,
  >(
    name: Fresh<Row & Params, N>,
    sorted: S,
    bounds: B & FittingBounds<Row & Params, B>,
  ): Query<With<Row, N, ElementOf<S>>, Params>;
  range<
    const K extends string,
    const N extends string,
    S extends Ordered<unknown, unknown> & MapLike<unknown, unknown>,
    const B extends RangeBounds<Row & Params>,
  >(
    names: readonly [Fresh<Row & Params, K>, Fresh<Row & Params, N>],
    sorted: S,
    bounds: B & FittingBounds<Row & Params, B>,
  ): Query<With<With<Row, K, KeyOf<S>>, N, ValueOf<S>>, Params>;
  range(
    names: string | readonly [string, string],
    sorted: Ordered<unknown, unknown>,
    bounds: RangeBounds<never>,
  ): never {
    const { reverse = false, ...operands } = bounds;
    checkOptions(operands, ['from', 'after', 'to', 'before'], 'range');
    const ends = Object.entries(operands).map(([end, input]) => {
      return [end, this.#operand('range', input as OperandInput)] as const;
    });
    return this.#add(rangeRule(bindingsOf(names), sorted, ends, reverse)) as never;
  }

  /** The value of a key in a map; where the key is missing, there is no row. */
  lookup<
    const N extends string,
    S extends MapSource<Row & Params>,
    const K extends OperandInput<Row & Params>,
  >(
    name: Fresh<Row & Params, N>,
    map: S & OperandOf<Row & Params, S>,
    key: K & OperandOf<Row & Params, K>,
  ): Query<With<Row, N, ValueOf<Resolve<Row & Params, S>>>, Params> {
    const given = map as MapLike<unknown, unknown> | OperandInput;
    const isOperand = typeof given === 'string' || typeof given === 'function';
    const source = isOperand
      ? this.#operand('lookup', given)
      : { ...valueOperand(asMap(given)), text: showSource(given) };
    return this.#add(lookupRule(name, source, this.#operand('lookup', key as OperandInput)));
  }

  /**
   * Goes through edges of a kind: those that lead from one binding, to another, or from one to the other. Anything can have edges that
   * has methods `out(kind)` or `in(kind)`; with both ends the edge's own `from` or `to` must be the other.
   */
  edge<const N extends string, const K extends string, const F extends string, const T extends string>(
    name: Fresh<Row & Params, N>,
    kind: K,
    ends: { readonly from: Path<Row & Params, F>; readonly to?: Path<Row & Params, T> },
  ): Query<With<Row, N, EdgeOf<EndLookup<Row & Params, F, 'out'>, K>>, Params>;
  edge<const N extends string, const K extends string, const T extends string>(
    name: Fresh<Row & Params, N>,
    kind: K,
    ends: { readonly to: Path<Row & Params, T> },
  ): Query<With<Row, N, EdgeOf<EndLookup<Row & Params, T, 'in'>, K>>, Params>;
  edge(name: string, kind: string, ends: { from?: string; to?: string }): never {
    checkOptions(ends, ['from', 'to'], 'edge');
    const from = ends.from === undefined ? undefined : this.#operand('edge', ends.from);
    const to = ends.to === undefined ? undefined : this.#operand('edge', ends.to);
    return this.#add(edgeRule(name, kind, from, to)) as never;
  }

  /** Binds what a path or a function gives. */
  attribute<const N extends string, const O extends OperandInput<Row & Params>>(
    name: Fresh<Row & Params, N>,
    value: O & OperandOf<Row & Params, O>,
  ): Query<With<Row, N, Resolve<Row & Params, O>>, Params> {
    return this.#add(attributeRule(name, this.#operand('attribute', value as OperandInput)));
  }

  /** Binds a fixed value. */
  constant<const N extends string, V>(
    name: Fresh<Row & Params, N>,
    value: V,
  ): Query<With<Row, N, V>, Params> {
    return this.#add(constantRule(name, value));
  }

  /**
   * Keeps the rows for which a path compares with a value, or a function of the row says so. A function that names what it reads
   * runs as soon as that is bound; another one reads all that is bound so far. `=` is equality as keys of a `Map` have it, objects
   * of the store being equal when they are the same; `<` and its like are false for what is missing.
   */
  where<const P extends string>(
    path: Path<Row & Params, P>,
    comparison: Comparison,
    value: At<Row & Params, P>,
  ): Query<Row, Params>;
  where<const N extends keyof (Row & Params) & string>(
    names: readonly N[],
    test: (row: Pick<Row & Params, N>) => boolean,
  ): Query<Row, Params>;
  where(test: (row: Row & Params) => boolean): Query<Row, Params>;
  where(
    given: string | readonly string[] | ((row: never) => boolean),
    second?: Comparison | ((row: never) => boolean),
    value?: unknown,
  ): Query<Row, Params> {
    if (typeof given === 'string') {
      const left = this.#operand('where', given);
      return this.#add(compareRule('where', left, second as Comparison, valueOperand(value)));
    }
    const names = typeof given === 'function' ? this.#names : given;
    const test = typeof given === 'function' ? given : second;
    if (typeof test !== 'function') throw new TypeError('where: the test is no function');
    for (const name of names) knownName('where', name, this.#names);
    return this.#add({
      kind: 'where',
      text: showFunction(test),
      reads: names,
      binds: [],
      check: test as (row: Bag) => boolean,
    });
  }

  /** Keeps the rows in which two paths compare. */
  compare<const A extends string, const B extends string>(
    left: Path<Row & Params, A>,
    comparison: Comparison,
    right: Path<Row & Params, B> & Comparable<Row & Params, A, B>,
  ): Query<Row, Params> {
    const [one, other] = [left, right].map((path) => this.#operand('compare', path as string));
    return this.#add(compareRule('compare', one!, comparison, other!));
  }

  /** Keeps the rows in which two paths are the same: `compare(left, '=', right)`. */
  equal<const A extends string, const B extends string>(
    left: Path<Row & Params, A>,
    right: Path<Row & Params, B> & Comparable<Row & Params, A, B>,
  ): Query<Row, Params> {
    return this.compare<A, B>(left, '=', right);
  }

  /** Keeps the rows in which two paths are not the same. */
  notEqual<const A extends string, const B extends string>(
    left: Path<Row & Params, A>,
    right: Path<Row & Params, B> & Comparable<Row & Params, A, B>,
  ): Query<Row, Params> {
    return this.compare<A, B>(left, '!=', right);
  }

  /** Keeps the rows for which a query has a row; what it binds stays in it. It begins with what is bound here. */
  any<Inner>(build: (inner: Query<Row, Params>) => Query<Inner, Params>): Query<Row, Params> {
    return this.#exists('any', build as never);
  }

  /** Keeps the rows for which a query has none. */
  none<Inner>(build: (inner: Query<Row, Params>) => Query<Inner, Params>): Query<Row, Params> {
    return this.#exists('none', build as never);
  }

  /** The rows for values of the parameters. @throws TypeError for parameters that are missing, or that there are not */
  run(...given: keyof Params extends never ? [] : [params: Params]): Rows<Row> {
    const { params, outer, rules } = this.#parts;
    if (outer.length > 0) throw new TypeError('run: the query is a part of another one');
    const values: Bag = { ...(given[0] as object | undefined) };
    for (const name of Object.keys(values)) {
      if (params.includes(name)) continue;
      const near = nearest(name, params);
      throw new TypeError(`run: there is no parameter "${name}"${near ? `; did you mean "${near}"?` : ''}`);
    }
    const missing = params.filter((name) => !Object.hasOwn(values, name));
    if (missing.length > 0) throw new TypeError(`run: not given: ${missing.join(', ')}`);
    return new Rows({ rules, given: values, stages: [], names: rules.flatMap(({ binds }) => binds) });
  }

  /** The rows, when there are no parameters. */
  [Symbol.iterator](): keyof Params extends never ? Iterator<Row, void> : never {
    return this.run(...([] as never))[Symbol.iterator]() as never;
  }

  /** How the query will run; `String` of it is a tree. `run(…).explain()` knows more: the values of parameters. */
  explain(): Explanation {
    const names = [...this.#parts.params, ...this.#parts.outer];
    return explainPlan(planRules(this.#parts.rules, names, {}), []);
  }

  get #names(): string[] {
    const { params, outer, rules } = this.#parts;
    return [...params, ...outer, ...rules.flatMap(({ binds }) => binds)];
  }

  #operand(what: string, input: OperandInput): Operand {
    return operandOf(what, input, this.#names);
  }

  /** The same query with one more rule. @throws TypeError when a name that it binds is bound, or is none. */
  #add<Made>(rule: Rule): Query<Made, Params> {
    for (const [index, name] of rule.binds.entries()) {
      checkName(rule.kind, name);
      if (this.#names.includes(name) || rule.binds.indexOf(name) !== index) {
        throw new TypeError(`${rule.kind}: "${name}" is bound already`);
      }
    }
    return new Query<Made, Params>({ ...this.#parts, rules: [...this.#parts.rules, rule] });
  }

  #exists(
    kind: 'any' | 'none',
    build: (inner: Query<unknown, Params>) => Query<unknown, Params>,
  ): Query<Row, Params> {
    const names = this.#names;
    const inner = build(new Query({ params: [], outer: names, rules: [] }));
    if (!(inner instanceof Query)) throw new TypeError(`${kind}: the function returned no query`);
    if (inner.#parts.outer !== names) throw new TypeError(`${kind}: go on with the query that is given`);
    return this.#add(existsRule(kind, inner.#parts.rules, names));
  }
}

/** A name is no path, and no way to a prototype. */
function checkName(what: string, name: string): void {
  if (/^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__') return;
  throw new TypeError(`${what}: ${JSON.stringify(name)} cannot be the name of a binding`);
}

function bindingsOf(names: string | readonly [string, string]): Bindings {
  return typeof names === 'string' ? { name: names } : { key: names[0], name: names[1] };
}

/**
 * A query without rules. Parameters are declared by their type and their names: `query<{ least: number }>('least')`; `run` wants their
 * values.
 *
 * @throws TypeError when a name comes twice, or is none.
 */
export function query<Params extends object = Record<never, never>>(
  ...params: (keyof Params & string)[]
): Query<Record<never, never>, Params> {
  for (const [index, name] of params.entries()) {
    checkName('query', name);
    if (params.indexOf(name) !== index) throw new TypeError(`query: "${name}" is a parameter twice`);
  }
  return new Query({ params, outer: [], rules: [] });
}
