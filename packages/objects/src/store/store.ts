import { checked, type DriverFile, isPromise } from '@terrane/driver';
import { checkOptions, isTerraneError } from '@terrane/errors';
import { errors } from '../errors.js';
import { type Change, ChangeEvents, type StoreEvents, type WatchOptions } from '../events/change-events.js';
import type { PathStep } from '../events/path-pattern.js';
import type { BlockHome } from '../heap/block-home.js';
import { Chunks, mostBytes } from '../heap/chunks.js';
import type { Heap } from '../heap/heap.js';
import { loadFile } from '../heap/load-file.js';
import { indexOf, type StoreIndex } from '../indexes/store-index.js';
import { contentOf, LiveObject, positionKey, segmentKey } from '../live/live-object.js';
import type { LiveType } from '../live/live-type.js';
import { Realm } from '../realm/realm.js';
import { compareSchemas, type SchemaDifference, showDifferences } from '../schema/compare-schema.js';
import type { EdgeFields, EdgesOf, EndInput, IndexesOf, IndexKey, Input, Live } from '../schema/infer.js';
import type { Structs } from '../schema/kinds.js';
import type { Methods, Schema } from '../schema/schema.js';
import { formatSchema } from '../schema/stored-schema.js';
import { wrongType } from '../values/codec.js';
import { checkLive } from '../values/reference-codec.js';
import { type Migrated, type MigrateOptions, migrate } from './migrate.js';
import { readSchema, replacePages, uncommitted } from './open-heap.js';
import { type Opened, openDeclared, openFound, type StoreOptions, storeOptionNames } from './open-store.js';
import { realmKey } from './realm-key.js';
import { rebuild } from './rebuild.js';
import { rootOf } from './root.js';
import { Snapshot } from './snapshot.js';
import { type StoreStat, statOf } from './stat.js';
import { type Collected, collect } from './sweep.js';
import { type Verified, verifyStore } from './verify.js';

/** How a store is read into memory. */
export interface LoadOptions extends Pick<StoreOptions, 'strict'> {
  /** Ends the reading. */
  readonly signal?: AbortSignal;
}

/** Objects that persist: a root, and everything that can be reached from it. One writer, any number of readers. */
export class ObjectStore<S extends Structs = Structs> implements Disposable {
  /** The schema as the file has it: at the least what was declared. */
  readonly schema: Schema;
  /** What the file's schema has more than the declared one. */
  readonly differences: readonly SchemaDifference[];
  readonly #heap: Heap;
  readonly #options: StoreOptions;
  #realm: Realm;
  /** Whether what is shown is not read yet: a `refresh` did not come to its end. */
  #unsettled = false;
  /** How many transactions run, each in the one before. */
  #transactions = 0;
  readonly #events = new ChangeEvents(() => this.#shown);

  private constructor({ realm, differences }: Opened, options: StoreOptions) {
    this.#heap = realm.chunks.heap;
    this.#heap.limit = options.maximumBytes ?? mostBytes;
    this.#realm = realm;
    this.schema = realm.schema;
    this.differences = differences;
    this.#options = options;
  }

  /**
   * Opens a store, or makes one of an empty file that can be written. The file belongs to the store from here on.
   *
   * One store at a time may be open for writing. The driver's lock sees to that. Where a driver has none (`lock` in its
   * capabilities), a second writer is found out about when it commits, and refused with OBJ_CONFLICT.
   *
   * @throws OBJ_NOT_A_STORE, OBJ_TOO_NEW, OBJ_DAMAGED, OBJ_SCHEMA_DIFFERS, BLK_BUSY, and what the driver says.
   */
  static open<const S extends Structs>(
    file: DriverFile<'sync'>,
    schema: Schema<S>,
    options: StoreOptions = {},
  ): ObjectStore<S> {
    checkOptions(options, storeOptionNames, 'ObjectStore');
    return new ObjectStore<S>(openDeclared(file, schema, options), options);
  }

  /**
   * Brings a store to another schema, objects of the structs named through a function, in one commit. Fields that are not
   * declared any more stay in the file.
   *
   * @returns what differed, and how many objects were copied.
   * @throws TypeError, RangeError with the field's path when a value does not fit and no function says what becomes of it;
   *   then, and in a dry run, the file is as before.
   */
  static migrate<const S extends Structs>(
    file: DriverFile<'sync'>,
    schema: Schema<S>,
    options: MigrateOptions = {},
  ): Migrated {
    return migrate(file, schema, options);
  }

  /**
   * Reads a store from a file that answers by promise (`http`, `blob`, `s3`) into memory, and closes the file. What comes is
   * the newest commit, read-only.
   *
   * @throws what `open` throws, and BLK_OVERTAKEN when a writer was faster several times.
   */
  static async load<const S extends Structs>(
    file: DriverFile<'async'>,
    schema: Schema<S>,
    options: LoadOptions = {},
  ): Promise<ObjectStore<S>> {
    checkOptions(options, ['strict', 'signal'], 'load');
    const { signal, ...rest } = options;
    const source = checked(file);
    try {
      return ObjectStore.open(await loadFile(source, signal), schema, rest);
    } finally {
      await source.close();
    }
  }

  /** Opens a store with the schema that it has; live objects have these methods. @throws what `open` throws */
  static openStored(
    file: DriverFile<'sync'>,
    options: StoreOptions = {},
    methods: Methods = {},
  ): ObjectStore {
    checkOptions(options, storeOptionNames, 'ObjectStore');
    return new ObjectStore(openFound(file, options, methods), options);
  }

  /** The one object of `Root`. */
  get root(): Live<S, 'Root'> {
    return rootOf(this.#shown) as unknown as Live<S, 'Root'>;
  }

  /** @internal */
  get [realmKey](): Realm {
    return this.#shown;
  }

  /** Whether changes can be made. */
  get writable(): boolean {
    return this.#heap.home.writable && !this.#heap.closed;
  }

  /** Makes an object. It stays after `collect` only when something refers to it. @throws TypeError, RangeError */
  create<Name extends keyof S & string>(name: Name, value: Input<S, Name>): Live<S, Name> {
    const type = this.#shown.struct(name);
    if (!type) throw new TypeError(`there is no struct "${name}"`);
    type.check(value, name);
    return this.#shown.open(type.create(value)) as unknown as Live<S, Name>;
  }

  /** An index that a struct declares. @throws TypeError when there is none of that name */
  index<Name extends keyof S & string, Index extends IndexesOf<S, Name>>(
    name: Name,
    index: Index,
  ): StoreIndex<Live<S, Name>, IndexKey<S, Name, Index>> {
    return indexOf(this.#shown, name, index) as never;
  }

  /** Makes an edge from one object to another. Either end may be plain data. @throws TypeError, RangeError */
  connect<Edge extends EdgesOf<S>>(
    edge: Edge,
    from: EndInput<S, Edge, 'from'>,
    to: EndInput<S, Edge, 'to'>,
    ...[fields]: EdgeFields<S, Edge>
  ): Live<S, Edge> {
    const given: object = fields ?? {};
    if ('from' in given || 'to' in given)
      throw new TypeError(`${edge}: the ends of an edge are given before its fields`);
    // The other way round, with the ends after the fields, costs forty times as much.
    return this.create(edge, { from, to, ...given } as never);
  }

  /** Sets several fields, all or none; plain data become objects. @throws TypeError, RangeError, OBJ_FREED, OBJ_FOREIGN */
  assign<T extends LiveObject>(object: T, values: Readonly<Record<string, unknown>>): T {
    this.#checkOwn(object, 'assign');
    return this.transaction(() => {
      for (const [name, value] of Object.entries(values)) {
        if (!Reflect.set(object, name, value, object))
          throw new TypeError(`${String(object)}: "${name}" cannot be set`);
      }
      return object;
    }, false);
  }

  /** Makes an object of a kind that the schema has given a name. @throws TypeError */
  createNamed(name: string, value?: unknown): LiveObject {
    if (name === 'Root') throw new TypeError('there is one Root, which is there already');
    const kind = this.schema.names?.[name];
    const type = (kind && this.#shown.collection(kind)) ?? this.#shown.struct(name);
    if (!type) throw new TypeError(`objects of type '${name}' exist only inside of others`);
    if (value !== undefined || kind?.kind === 'buffer') type.check(value, name);
    return this.#shown.open(type.create(value));
  }

  /**
   * Frees an object at once. References to it stay, and are refused with OBJ_FREED from then on; weak ones read as null.
   *
   * @throws OBJ_FREED when it is gone already, OBJ_FOREIGN
   */
  free(object: LiveObject): void {
    const type = this.#checkOwn(object, 'free');
    const place = { segment: object[segmentKey], at: object[positionKey] };
    if (object.isSameAs(this.root)) throw new TypeError('the root cannot be freed');
    type.free(place);
    this.#shown.counts.settle();
  }

  /** Frees all that cannot be reached from the root. @throws OBJ_DAMAGED */
  collect(): Collected {
    return collect(this.#shown);
  }

  /**
   * Runs `work`; when it throws, everything is as before. The outermost transaction commits, inner ones are savepoints.
   *
   * @param commits - Whether the outermost one commits.
   */
  transaction<T>(work: () => T, commits = true): T {
    const depth = this.#heap.depth;
    this.#heap.savepoint();
    this.#transactions++;
    let value: T;
    try {
      value = work();
      if (isPromise(value)) {
        throw new TypeError('a transaction cannot wait: use savepoint() and commit()');
      }
    } catch (error) {
      while (this.#heap.depth > depth) this.#heap.rollback();
      this.#events.rolledBack();
      throw error;
    } finally {
      this.#transactions--;
    }
    while (this.#heap.depth > depth) this.#heap.release();
    if (commits && depth === 0) this.commit();
    return value;
  }

  /** Begins a savepoint: `rollback` goes back to it, `release` keeps what was done since. */
  savepoint(): { rollback(): void; release(): void } {
    this.#heap.savepoint();
    const { depth } = this.#heap;
    const end = (how: 'rollback' | 'release') => () => {
      if (this.#heap.depth < depth) throw errors.OBJ_FREED({ message: 'the savepoint has ended already' });
      while (this.#heap.depth >= depth) this.#heap[how]();
      if (how === 'rollback') this.#events.rolledBack();
    };
    return { rollback: end('rollback'), release: end('release') };
  }

  /** The type of an object. @throws OBJ_FREED, OBJ_CLOSED, OBJ_FOREIGN unless it is one of this store */
  #checkOwn(object: LiveObject, op: string): LiveType {
    if (!(object instanceof LiveObject)) throw wrongType(op, 'an object of the store', object);
    contentOf(object);
    const type = this.#shown.typeOf(object[segmentKey].view.getUint32(object[positionKey], true))!;
    checkLive(this.#shown, type, object, op);
    return type;
  }

  #checkWatchable(op: string): void {
    this.#checkOpen();
    if (!this.writable) throw errors.OBJ_READ_ONLY({ message: 'a reader has no commits to watch', op });
  }

  #checkOpen(): void {
    if (this.#heap.closed) throw errors.OBJ_CLOSED({ message: 'the store was closed' });
  }

  /** @throws TypeError within a transaction, which would not be all or nothing any more */
  #checkOutside(op: string): void {
    if (this.#transactions > 0)
      throw new TypeError(
        `${op}() within a transaction: it ends with its function, and is rolled back when that throws`,
      );
  }

  /**
   * Makes all changes durable, at once or not at all; savepoints end.
   *
   * @returns how many pages were written.
   * @throws OBJ_CLOSED; TypeError within `transaction`, which commits when it ends
   */
  commit(): number {
    this.#checkOpen();
    this.#checkOutside('commit');
    while (this.#heap.depth > 0) this.#heap.release();
    const { chunks } = this.#shown;
    if (!this.#heap.changed()) return 0;
    chunks.settle();
    this.#events.prepare();
    const pages = this.#heap.commit(chunks.pages);
    this.#events.committed(pages);
    return pages.length;
  }

  /** Forgets all changes since the last commit. Objects made since end. @throws TypeError within `transaction` */
  rollback(): void {
    this.#checkOutside('rollback');
    this.#forget();
  }

  #forget(): void {
    while (this.#heap.depth > 0) this.#heap.rollback();
    this.#heap.rollback();
    this.#events.rolledBack();
  }

  /**
   * Calls `listener` after each commit that changed something where `path` leads: once, with all changes of that commit.
   * A path is written with dots or as an array: `people.ann.height`; `*` is any step, and `**` any number of steps, so
   * `people.ann.**` is all that ann leads to. What is compared is what the path led to before and what it leads to after.
   * What was rolled back never comes, nor what a later change of the same transaction undid.
   *
   * The commit has happened when the listener runs. What it changes belongs to the next one, and an error of its own is
   * reported (`onError`) and stops neither the commit nor other listeners.
   *
   * @returns what ends the watch.
   * @throws TypeError when no object there can have such a field; OBJ_READ_ONLY, OBJ_FOREIGN, OBJ_FREED
   */
  watch(
    path: string | readonly PathStep[],
    listener: (changes: readonly Change[]) => void,
    options: WatchOptions = {},
  ): Disposable {
    this.#checkWatchable('watch');
    return this.#events.watch(path, listener, options);
  }

  /**
   * Calls `listener` after each commit, or when something was rolled back.
   *
   * @returns what ends that.
   * @throws OBJ_READ_ONLY, OBJ_CLOSED
   */
  on<Name extends keyof StoreEvents>(name: Name, listener: (event: StoreEvents[Name]) => void): Disposable {
    this.#checkWatchable('on');
    return this.#events.on(name, listener);
  }

  /** Whether there are changes since the last commit. */
  get changed(): boolean {
    return this.#heap.changed();
  }

  /**
   * What is committed now, read-only, and unmoved by all that is written to the store from here on. Taking one copies
   * nothing; any number may be open. A store that was opened read-only shows one commit already.
   *
   * @throws OBJ_READ_ONLY, OBJ_CLOSED
   */
  snapshot(): Snapshot<S> {
    const heap = this.#heap.snapshot();
    try {
      return new Snapshot<S>(new Realm(new Chunks(heap), this.schema));
    } catch (error) {
      heap.close();
      throw error;
    }
  }

  /**
   * A reader goes to the newest commit. When that is another one, its live objects end; when it fails as well, and it can be
   * tried again.
   *
   * @returns whether it was another one.
   * @throws OBJ_SCHEMA_DIFFERS; BLK_OVERTAKEN when a writer in another process was faster.
   */
  refresh(): boolean {
    const before = this.#unsettled;
    this.#unsettled = true;
    if (!this.#heap.refresh() && !before) {
      this.#unsettled = false;
      return false;
    }
    this.#settle();
    return true;
  }

  /** What is shown; when what it was replaced by could not be read, that is tried again. */
  get #shown(): Realm {
    if (this.#unsettled && this.writable) this.#settle();
    return this.#realm;
  }

  /** Shows what the heap has now. */
  #settle(): void {
    const chunks = new Chunks(this.#heap);
    if (this.#options.preload) this.#heap.loadAll(chunks.pages);
    const stored = readSchema(chunks, this.schema.methods);
    if (formatSchema(stored) !== formatSchema(this.schema)) {
      throw errors.OBJ_SCHEMA_DIFFERS({
        message: `the store was migrated meanwhile:\n${showDifferences(compareSchemas(stored, this.schema))}`,
        op: 'refresh',
        hint: 'open it again',
      });
    }
    this.#realm = new Realm(chunks, stored);
    this.#unsettled = false;
  }

  /**
   * Goes to the newest commit, as `refresh` does, and runs `work` with its root. When a writer in another process overtakes
   * it, which is when pages that it needs are there no more, that is repeated from the beginning.
   *
   * @param attempts - How often it runs at the most.
   * @returns what `work` returned; live objects among it hold until the next `refresh` or `read`.
   * @throws BLK_OVERTAKEN when it was overtaken each time, and what `work` throws.
   */
  read<T>(work: (root: Live<S, 'Root'>) => T, attempts = 8): T {
    for (let attempt = 1; ; attempt++) {
      try {
        this.refresh();
        const value = work(this.root);
        if (isPromise(value))
          throw new TypeError('read() cannot wait: a snapshot, or `preload`, lasts longer');
        return value;
      } catch (error) {
        if (!isTerraneError(error, 'BLK_OVERTAKEN')) throw error;
        this.#unsettled = true;
        if (attempt >= attempts) throw error;
      }
    }
  }

  /**
   * Copies all that can be reached into a heap without gaps, in one commit, and shortens the file. Live objects end.
   *
   * @throws OBJ_UNCOMMITTED
   */
  compact(): void {
    this.#checkOutside('compact');
    if (this.#heap.changed()) throw uncommitted('compact');
    // Weak references to what nothing keeps would end in the copy: whoever watches them is told.
    if (this.#events.watched) {
      this.collect();
      this.commit();
      if (this.#heap.changed()) throw uncommitted('compact');
    }
    const made = rebuild(this.#shown, this.schema, {});
    replacePages(this.#heap, made);
    this.#unsettled = true;
    this.#events.replaced();
    this.#settle();
    (this.#heap.home as BlockHome).compact();
  }

  /**
   * Reads all of what is committed from the file, and returns what is wrong with it, and what nothing refers to.
   *
   * @throws OBJ_UNCOMMITTED, OBJ_CLOSED; BLK_OVERTAKEN for a reader when a writer in another process was faster: `read` repeats it
   */
  verify(): Verified {
    this.#checkOpen();
    if (this.#heap.changed()) throw uncommitted('verify');
    return verifyStore(this.#shown, this.#heap.home as BlockHome);
  }

  /** Figures of the heap. */
  stat(): StoreStat {
    return statOf(this.#shown);
  }

  /**
   * Closes the store and its file. All live objects end: their use is refused with OBJ_CLOSED. A second call does nothing.
   *
   * @throws OBJ_UNCOMMITTED when changes were neither committed nor rolled back; OBJ_IN_USE in strict mode.
   */
  close(): void {
    if (this.#heap.closed) return;
    const { views } = this.#shown;
    if (this.#options.strict && views.size > 0) {
      throw errors.OBJ_IN_USE({
        message: `cannot close: still viewed are ${[...views.values()].join(', ')}`,
        hint: 'release() the views',
      });
    }
    if (this.#heap.changed()) throw uncommitted('close');
    this.#heap.close();
  }

  /** Forgets what was not committed, and closes: what `using` does at the end of a block, also after an error. */
  [Symbol.dispose](): void {
    if (this.#heap.closed) return;
    if (this.writable) this.#forget();
    this.#heap.close();
  }
}
