import type { DriverFile } from '@terrane/driver';
import { checked } from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import { errors } from './errors.js';
import type { LiveObject } from './live/live-object.js';
import { fieldNames, type PersistentObject } from './live/record.js';
import { isReference } from './schema/kind-rules.js';
import type { Kind } from './schema/kinds.js';
import * as kinds from './schema/kinds.js';
import { kindKey, showKind } from './schema/plain-kind.js';
import { allFields, checkSchema, isDerived, isNarrower, type Methods, type Schema } from './schema/schema.js';
import { withMethods } from './schema/with-methods.js';
import { ObjectStore } from './store/store.js';

export { Slot, slot } from './live/slot.js';

/** A type with a name, before it belongs to a storage. */
export interface TypeDescriptor {
  readonly name: string;
  readonly kind: Kind;
}

const describe = (name: string, kind: Kind): TypeDescriptor => Object.freeze({ name, kind });

/** A collection that is of a kind of its own: another one that holds the same cannot stand for it. */
const describeOwn = (name: string, kind: Kind): TypeDescriptor =>
  describe(name, Object.freeze({ ...kind, name }) as Kind);

/** The kind of a parameter. @throws TypeError when it is not given, or no type. */
function parameter(name: string, type: TypeDescriptor | undefined): Kind {
  if (typeof type === 'object' && type !== null && typeof type.kind === 'object') return type.kind;
  throw new TypeError(`Type ${name} has parameters, each of which is a type; ${String(type)} is none`);
}

/** A buffer of numbers in any number of dimensions. */
export const Buffer: TypeDescriptor = describe('Buffer', kinds.buffer());
/** A signed whole number, safe as a number. Exists only inside of others. */
export const Int: TypeDescriptor = describe('Int', kinds.int53());
/** A 64-bit float. Exists only inside of others. */
export const Float: TypeDescriptor = describe('Float', kinds.float64());
/** A signed whole number of 64 bits, as `bigint`. */
export const Long: TypeDescriptor = describe('Long', kinds.int64());
/** An unsigned whole number of 64 bits, as `bigint`. */
export const UInt: TypeDescriptor = describe('UInt', kinds.uint64());
/** Text. */
export const Text: TypeDescriptor = describe('Text', kinds.text());
/** Text of which equal ones are stored once. */
export const InternedText: TypeDescriptor = describe('InternedText', kinds.interned());
/** A list of elements of a type; as all collections, of a kind of its own by its name. @throws TypeError without one */
export const List = (name: string, of: TypeDescriptor): TypeDescriptor =>
  describeOwn(name, kinds.list(parameter(name, of)));
/** A set of values of a type. @throws TypeError without one */
export const HashSet = (name: string, of: TypeDescriptor): TypeDescriptor =>
  describeOwn(name, kinds.set(parameter(name, of)));
/** A map from keys of one type to values of another; without values a set. @throws TypeError for what is no type */
export const Dict = (name: string, key: TypeDescriptor, value?: TypeDescriptor): TypeDescriptor =>
  value === undefined
    ? HashSet(name, key)
    : describeOwn(name, kinds.map(parameter(name, key), parameter(name, value)));
/** A map that makes the value of a key that is not there; numbers begin as 0. @throws TypeError for what is no type */
export const DefaultDict = (name: string, key: TypeDescriptor, value: TypeDescriptor): TypeDescriptor =>
  describeOwn(name, kinds.defaultMap(parameter(name, key), parameter(name, value)));
/** A list in order, equal elements as they came; of structures by a field. @throws TypeError without a type */
export const SkipList = (
  name: string,
  of: TypeDescriptor,
  order: kinds.SortedListOptions = {},
): TypeDescriptor => describeOwn(name, kinds.sortedList(parameter(name, of), order) as Kind);

/** How a storage is opened. Both sizes are taken for the sake of old code, and have no effect: storages grow. */
export interface StorageOptions {
  readonly fileSize?: number;
  readonly stringRegistrySize?: number;
  /** What objects can do, by structure and name; `this` is the object. They stay with the program, also for an existing file. */
  readonly methods?: Methods;
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
    checkOptions(options, ['fileSize', 'stringRegistrySize', 'methods'], 'Storage');
    const { methods = {} } = options;
    const target = checked(file);
    if (target.size() === 0) {
      this.#populating = true;
      this.populateSchema();
      this.#populating = false;
      const schema = { structs: this.#structs, names: this.#names };
      checkSchema(schema);
      this.#store = ObjectStore.open(target, withMethods(schema as Schema, methods) as Schema, {
        strict: true,
      });
    } else {
      this.#store = ObjectStore.openStored(target, { strict: true }, methods);
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
    const inherited = new Map(base === undefined ? [] : allFields(this.#structs, base.name));
    const own: [string, Kind][] = [];
    for (const [field, type] of Object.entries(fields)) {
      const kind = parameter(`${name}.${field}`, type);
      const stored = isReference(kind) ? (kinds.optional(kind) as Kind) : kind;
      const before = inherited.get(field);
      if (before === undefined || isNarrower(this.#structs, stored, before)) own.push([field, stored]);
      else if (!isWider(this.#structs, stored, before))
        throw new TypeError(`Field ${name}.${field} is ${showKind(before)} in a base, and stays so`);
    }
    this.#structs[name] = {
      kind: 'struct',
      extends: base?.name,
      fields: Object.fromEntries(own),
      edge: undefined,
    };
    return describe(name, kinds.ref(name));
  }

  /** The one object of the structure `Root`. @throws OBJ_CLOSED */
  get root(): Root {
    return this.#store.root as unknown as Root;
  }

  /** The fields of a structure's object by name, one level deep. */
  contents(object: LiveObject): Readonly<Record<string, unknown>> {
    const fields = object as unknown as Record<string, unknown>;
    const names = fieldNames(object as PersistentObject);
    return Object.freeze(Object.fromEntries(names.map((name) => [name, fields[name]])));
  }

  /** Sets all fields of a structure's object to those of anything that has them. @throws TypeError when it lacks one. */
  setContents(object: LiveObject, from: Readonly<Record<string, unknown>>): void {
    const names = fieldNames(object as PersistentObject);
    const lacking = names.filter((name) => !(name in from));
    if (lacking.length > 0) throw new TypeError(`${String(object)} also has ${lacking.join(', ')}`);
    this.#store.assign(object, Object.fromEntries(names.map((name) => [name, from[name]])));
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

/** Whether a kind is another, or a reference to a base of what the other refers to: then declaring it again changes nothing. */
function isWider(structs: kinds.Structs, kind: Kind, than: Kind): boolean {
  if (kindKey(kind) === kindKey(than)) return true;
  if (kind.kind === 'optional' && than.kind === 'optional') return isWider(structs, kind.of, than.of);
  return kind.kind === 'ref' && than.kind === 'ref' && isDerived(structs, than.to, kind.to);
}
