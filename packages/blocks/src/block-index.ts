import { chain, type Mode, type Out } from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import type { BlockStorage } from './block-storage.js';
import type { Engine } from './engine.js';
import type { IndexOptions, IndexOrder } from './index-options.js';
import { IndexState } from './index-state.js';
import { iterateValues, type Values } from './index-values.js';
import { type Nearest, nearestResident } from './nearest-resident.js';
import type { Steps } from './steps.js';
import { notResident, type Range, type Tree } from './tree.js';
import type { Problem } from './verify.js';
import { verifyIndex } from './verify-index.js';
import type { WordSlot } from './word-slot.js';

/**
 * Values of one size in the order of keys that are derived from them, kept as a B-tree in blocks of a storage. It
 * belongs to the storage: reading and writing are between its `begin`, `beginWrite` and `end`, its changes are
 * committed with it, and it ends with it.
 */
export class BlockIndex<M extends Mode, V, K> {
  readonly storage: BlockStorage<M>;
  readonly root: WordSlot;
  readonly #isSync: boolean;
  readonly #order: IndexOrder<V, K>;
  readonly #state: IndexState<V, K>;
  readonly #engine: Engine;
  readonly #turn: <T>(steps: () => Steps<T>) => Out<M, T>;

  private constructor(storage: BlockStorage<M>, options: IndexOptions<V, K>) {
    checkOptions(options, ['order', 'format', 'root', 'cachedNodes'], 'BlockIndex');
    const { order, format, root } = options;
    if (!Number.isSafeInteger(format.bytes) || format.bytes < 1 || format.bytes > 65528) {
      throw new RangeError('values of an index have 1 to 65528 bytes');
    }
    this.storage = storage;
    this.#isSync = storage.file.mode === 'sync';
    this.root = root;
    this.#order = order;
    const { engine, shared, take } = storage.attach(
      String(root),
      (made) => new IndexState<V, K>(made, options),
    );
    if (shared.valueBytes !== format.bytes) {
      throw new TypeError(`the index at ${root} is open with values of ${shared.valueBytes} bytes`);
    }
    this.#engine = engine;
    this.#turn = take;
    this.#state = shared;
  }

  /** Makes an empty index: puts 0 into the root slot. Needs write access. */
  static create<M extends Mode, V, K>(
    storage: BlockStorage<M>,
    options: IndexOptions<V, K>,
  ): Out<M, BlockIndex<M, V, K>> {
    const index = new BlockIndex(storage, options);
    return chain(storage.writeSlot(options.root, 0), () => {
      index.#state.forget();
      return index as unknown as Out<M, BlockIndex<M, V, K>>;
    });
  }

  /**
   * An index that is there. Nothing is read before it is asked. Opened twice in one storage it is one and the same.
   *
   * @throws TypeError when it is open with values of another size.
   */
  static open<M extends Mode, V, K>(
    storage: BlockStorage<M>,
    options: IndexOptions<V, K>,
  ): BlockIndex<M, V, K> {
    return new BlockIndex(storage, options);
  }

  /** The value of that key. */
  find(key: K): Out<M, V | undefined> {
    // Over a synchronous file nothing is under way: what is in memory is answered without any machinery.
    if (this.#isSync) {
      const tree = this.#state.current;
      const found = tree === undefined ? notResident : tree.findResident(key);
      if (found !== notResident) return found as Out<M, V | undefined>;
    }
    return this.#with((tree) => tree.find(key));
  }

  /** Adds a value, or puts it in the place of the one with its key. @returns the one that was there. */
  upsert(value: V): Out<M, V | undefined> {
    const now = this.#isSync ? this.#state.upsertNow(value) : notResident;
    if (now !== notResident) return now as Out<M, V | undefined>;
    return this.#change((tree) => this.#state.upsert(tree, value));
  }

  /** {@link upsert} for many; quickest in ascending order. */
  upsertAll(values: Iterable<V>): Out<M, void> {
    const state = this.#state;
    return this.#change(function* (tree) {
      for (const value of values) yield* state.upsert(tree, value);
    });
  }

  /** Removes the value of that key. @returns it, or nothing when there was none. */
  deleteKey(key: K): Out<M, V | undefined> {
    const now = this.#isSync ? this.#state.removeNow(key) : notResident;
    if (now !== notResident) return now as Out<M, V | undefined>;
    return this.#change((tree) => this.#state.remove(tree, key));
  }

  /** Removes the value with the key of this one. */
  deleteValue(value: V): Out<M, V | undefined> {
    return this.deleteKey(this.#order.keyOf(value));
  }

  /** Removes everything. */
  clear(): Out<M, void> {
    return this.#change((tree) => this.#state.clear(tree));
  }

  /** How many values there are. The first time it looks into all nodes; what changes here is counted from then on. */
  count(): Out<M, number> {
    return this.#with((tree) => this.#state.count(tree));
  }

  isEmpty(): Out<M, boolean> {
    // biome-ignore lint/correctness/useYield: the root is known by now
    return this.#with(function* (tree) {
      return tree.root === 0;
    });
  }

  /** The value with the smallest key. */
  min(): Out<M, V | undefined> {
    return this.#nearest({ backwards: false });
  }

  /** The value with the largest key. */
  max(): Out<M, V | undefined> {
    return this.#nearest({ backwards: true });
  }

  /** The value with the largest key that is not above this one. */
  floor(key: K): Out<M, V | undefined> {
    return this.#nearest({ from: { key }, backwards: true });
  }

  /** The value with the smallest key that is not below this one. */
  ceiling(key: K): Out<M, V | undefined> {
    return this.#nearest({ from: { key }, backwards: false });
  }

  /** Shows all values in order until `collect` returns false. @returns how many it showed. */
  findAll(collect?: (value: V) => unknown): Out<M, number> {
    return this.#collect({}, collect);
  }

  /** Shows the values from a key on. @returns how many. */
  findFrom(from: K, included: boolean, collect?: (value: V) => unknown): Out<M, number> {
    return this.#collect({ from: { key: from, included } }, collect);
  }

  /** Shows the values up to a key. @returns how many. */
  findTo(to: K, included: boolean, collect?: (value: V) => unknown): Out<M, number> {
    return this.#collect({ to: { key: to, included } }, collect);
  }

  /** Shows the values between two keys. @returns how many. */
  findFromTo(
    from: K,
    fromIncluded: boolean,
    to: K,
    toIncluded: boolean,
    collect?: (value: V) => unknown,
  ): Out<M, number> {
    const range = { from: { key: from, included: fromIncluded }, to: { key: to, included: toIncluded } };
    return this.#collect(range, collect);
  }

  /** The values of a range, in order or backwards. What changes on the way is seen from the next batch on. */
  values(range: Range<K> = {}): Values<M, V> {
    return iterateValues(this.storage.file.mode, this.#order, range, (rest, collect) =>
      this.#collect(rest, collect),
    );
  }

  /** Reads the whole index and returns what is wrong with it. */
  verify(): Out<M, Problem[]> {
    return this.#with(verifyIndex);
  }

  #nearest(way: Nearest<K>): Out<M, V | undefined> {
    if (this.#isSync) {
      const tree = this.#state.current;
      const found = tree === undefined ? notResident : nearestResident(tree, way);
      if (found !== notResident) return found as Out<M, V | undefined>;
    }
    const { from, backwards } = way;
    const bound = from && { ...from, included: true };
    const range = backwards ? { to: bound, backwards } : { from: bound };
    return this.#with(function* (tree) {
      let found: V | undefined;
      yield* tree.visit(range, (value) => {
        found = value;
        return false;
      });
      return found;
    });
  }

  #collect(range: Range<K>, collect?: (value: V) => unknown): Out<M, number> {
    return this.#with(function* (tree) {
      let count = 0;
      yield* tree.visit(range, (value) => {
        count++;
        return collect?.(value) !== false;
      });
      return count;
    });
  }

  #with<T>(work: (tree: Tree<V, K>) => Steps<T>): Out<M, T> {
    return this.#turn(() => this.#steps(work));
  }

  #change<T>(work: (tree: Tree<V, K>) => Steps<T>): Out<M, T> {
    return this.#turn(() => {
      this.#engine.needWriting();
      return this.#engine.change(this.#steps(work));
    });
  }

  *#steps<T>(work: (tree: Tree<V, K>) => Steps<T>): Steps<T> {
    return yield* work(yield* this.#state.tree());
  }
}
