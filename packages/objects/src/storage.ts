import type { DriverFile } from '@terrane/driver';
import { checked } from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import { errors } from './errors.js';
import type { LiveObject } from './live/live-object.js';
import { isReference } from './schema/kind-rules.js';
import type { Fields, Kind } from './schema/kinds.js';
import * as kinds from './schema/kinds.js';
import { checkSchema } from './schema/schema.js';
import { ObjectStore } from './store/store.js';

/** A type with a name, before it belongs to a storage. */
export interface TypeDescriptor {
  readonly name: string;
  readonly kind: Kind;
}

const describe = (name: string, kind: Kind): TypeDescriptor => Object.freeze({ name, kind });

/** A buffer of numbers in any number of dimensions. */
export const Buffer: TypeDescriptor = describe('Buffer', kinds.buffer());
/** A signed whole number, safe as a number. Exists only inside of others. */
export const Int: TypeDescriptor = describe('Int', kinds.int53());
/** A 64-bit float. Exists only inside of others. */
export const Float: TypeDescriptor = describe('Float', kinds.float64());
/** Text. */
export const Text: TypeDescriptor = describe('Text', kinds.text());
/** A list of elements of a type. */
export const List = (name: string, of: TypeDescriptor): TypeDescriptor => describe(name, kinds.list(of.kind));
/** A set of values of a type. */
export const HashSet = (name: string, of: TypeDescriptor): TypeDescriptor =>
  describe(name, kinds.set(of.kind));
/** A map from keys of one type to values of another. */
export const Dict = (name: string, key: TypeDescriptor, value: TypeDescriptor): TypeDescriptor =>
  describe(name, kinds.map(key.kind, value.kind));

/** How a storage is opened. Both sizes are taken for the sake of old code, and have no effect: storages grow. */
export interface StorageOptions {
  readonly fileSize?: number;
  readonly stringRegistrySize?: number;
}

/**
 * A storage in the style of ptypes: a class says in `populateSchema` what a new file holds. For an existing file the
 * method is not called; the schema is the file's own.
 *
 * Fields begin as null, numbers as 0. `close` commits, and refuses while views of buffers are not released.
 */
export class Storage<Root extends object = Record<string, unknown>> {
  /** By name: a function for each type of the schema, which makes an object of it. */
  readonly schema: Readonly<Record<string, (value?: unknown) => LiveObject>>;
  readonly #store: ObjectStore;
  readonly #structs: Record<string, kinds.StructKind> = {};
  readonly #names: Record<string, Kind> = {};
  #populating = false;

  /**
   * @throws what `ObjectStore.open` throws; OBJ_SCHEMA when there is no structure called `Root`.
   */
  constructor(file: DriverFile<'sync'>, options: StorageOptions = {}) {
    checkOptions(options, ['fileSize', 'stringRegistrySize'], 'Storage');
    const target = checked(file);
    if (target.size() === 0) {
      this.#populating = true;
      this.populateSchema();
      this.#populating = false;
      const schema = { structs: this.#structs, names: this.#names };
      checkSchema(schema);
      this.#store = ObjectStore.open(target, schema, { strict: true });
    } else {
      this.#store = ObjectStore.openStored(target, { strict: true });
    }
    const { structs, names = {} } = this.#store.schema;
    const makers = [...Object.keys(structs), ...Object.keys(names)].map((name) => {
      return [name, (value?: unknown) => this.#store.createNamed(name, value)] as const;
    });
    this.schema = Object.freeze(Object.fromEntries(makers));
  }

  /** Overridden by who makes a storage: calls `define` and `structure`. */
  populateSchema(): void {}

  /** Defines a type under its name. @throws TypeError for what is no type, OBJ_SCHEMA when the name is taken. */
  define(type: TypeDescriptor): TypeDescriptor {
    this.#needPopulating('define');
    if (typeof type !== 'object' || type === null || typeof type.name !== 'string' || !('kind' in type)) {
      throw new TypeError(`Don't know how to define ${String(type)}`);
    }
    this.#take(type.name);
    this.#names[type.name] = type.kind;
    return type;
  }

  /** Defines a structure; one called `Root` has to be among them. The result stands for references to it. */
  structure(
    name: string,
    fields: Readonly<Record<string, TypeDescriptor>>,
    base?: TypeDescriptor,
  ): TypeDescriptor {
    this.#needPopulating('structure');
    this.#take(name);
    const own: Fields = Object.fromEntries(
      Object.entries(fields).map(([field, { kind }]) => [
        field,
        isReference(kind) ? (kinds.optional(kind) as Kind) : kind,
      ]),
    );
    this.#structs[name] = { kind: 'struct', extends: base?.name, fields: own, edge: undefined };
    return describe(name, kinds.ref(name));
  }

  /** The one object of the structure `Root`. @throws OBJ_CLOSED */
  get root(): Root {
    return this.#store.root as unknown as Root;
  }

  /** Makes all changes durable. */
  flush(): void {
    this.#store.commit();
  }

  /** Commits, and closes the file. @throws OBJ_IN_USE while views are not released, OBJ_CLOSED the second time. */
  close(): void {
    void this.root;
    this.#store.commit();
    this.#store.close();
  }

  #take(name: string): void {
    if (!Object.hasOwn(this.#names, name) && !Object.hasOwn(this.#structs, name)) return;
    throw errors.OBJ_SCHEMA({ message: `Redefinition of type '${name}'.`, path: name });
  }

  #needPopulating(op: string): void {
    if (!this.#populating) throw new TypeError(`${op} can only be called by populateSchema`);
  }
}
