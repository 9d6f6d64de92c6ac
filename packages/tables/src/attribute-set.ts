import type { Mode, Out } from '@terrane/driver';
import type { Attribute, Attributes } from '@terrane/hdf5';
import { type AttributeInput, decodeAttribute, encodeAttribute, type PlainValue } from './attribute-value.js';
import { pythonRepr } from './python-repr.js';
import { steps, wait } from './steps.js';
import { isSystemAttribute } from './system-attributes.js';

/** The attributes of one node. */
export class AttributeSet<M extends Mode = Mode> {
  readonly #mode: M;
  readonly #attributes: Attributes<M>;
  readonly #path: string;

  constructor(mode: M, attributes: Attributes<M>, path: string) {
    this.#mode = mode;
    this.#attributes = attributes;
    this.#path = path;
  }

  /** Names, sorted: the user's, PyTables' own ("sys"), or all. */
  names(which: 'user' | 'sys' | 'all' = 'user'): Out<M, string[]> {
    const attributes = this.#attributes;
    return steps<M, string[]>(this.#mode, function* () {
      const names = yield* wait<M, string[]>(attributes.names());
      return names.filter((name) => which === 'all' || isSystemAttribute(name) === (which === 'sys')).sort();
    });
  }

  /**
   * The value of an attribute, `undefined` when there is none of that name. Integers of 64 bits come as numbers
   * where these are exact, as `bigint` where not.
   */
  get(name: string): Out<M, PlainValue | undefined> {
    const attributes = this.#attributes;
    return steps<M, PlainValue | undefined>(this.#mode, function* () {
      const attribute = yield* wait<M, Attribute<M> | undefined>(attributes.get(name));
      return attribute && (yield* decodeAttribute(attribute));
    });
  }

  /**
   * Makes an attribute or replaces one: text, a number (a whole one as int64, as Python has it), bigint, boolean,
   * a typed array, an n-d array, or nested lists of these.
   *
   * @throws TBL_BAD_VALUE for what has no form in the file
   */
  set(name: string, value: AttributeInput): Out<M, void> {
    const { data, ...options } = encodeAttribute(value, `attribute ${name} of ${this.#path}`);
    return this.#attributes.set(name, data, options);
  }

  /** Removes an attribute. Answers whether there was one. */
  delete(name: string): Out<M, boolean> {
    return this.#attributes.delete(name);
  }

  /** As PyTables prints an attribute set: its path, and how many attributes there are. */
  describe(): Out<M, string> {
    const self = this;
    return steps<M, string>(this.#mode, function* () {
      return headline(self.#path, (yield* wait<M, string[]>(self.names('all'))).length);
    });
  }

  /** As Python's `repr` shows it: with every name and value. */
  list(): Out<M, string> {
    const self = this;
    return steps<M, string>(this.#mode, function* () {
      const names = yield* wait<M, string[]>(self.names('all'));
      const lines: string[] = [];
      for (const name of names) {
        lines.push(`${name} := ${pythonRepr(yield* wait<M, PlainValue | undefined>(self.get(name)))}`);
      }
      return `${headline(self.#path, names.length)}:\n   [${lines.join(',\n    ')}]`;
    });
  }
}

function headline(path: string, count: number): string {
  return `${path}._v_attrs (AttributeSet), ${count} attributes`;
}
