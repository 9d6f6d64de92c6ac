import type { EnumKind, Kind, OptionalKind } from './kinds.js';

/**
 * What a property of a kind is: `kind`, another kind; `value`, one that is not empty by itself; `beginning`, one whose values
 * can be made of nothing; `key`, one that a table can find; `order`, one whose values have an order; `struct`, the name of
 * one; `names`, those of an enumeration; `members`, the kinds of a union; `path`, the way to a field; `flag`, true or left out;
 * `name`, what makes it a kind of its own, or left out.
 */
export type PropertyRole =
  | 'kind'
  | 'value'
  | 'beginning'
  | 'key'
  | 'order'
  | 'struct'
  | 'names'
  | 'members'
  | 'path'
  | 'flag'
  | 'name';

/** What a union tells values apart by. */
export type Stands = 'number' | 'bigint' | 'boolean' | 'date' | 'text' | 'bytes' | 'object';

/** What the schema has to know of a kind. */
export interface KindRule {
  /** Bytes of a value in a record, a list or a table. */
  readonly bytes: number | ((kind: never) => number);
  /** The value lies elsewhere; here is a reference to it. */
  readonly reference?: true;
  /** There is nothing to begin with: a value must be given. */
  readonly required?: true;
  /** It is `null` or not by itself. */
  readonly nullable?: true;
  /** Its values can be keys of maps and sets. */
  readonly key?: true;
  /** What a union tells its values by; left out where they cannot be in one. */
  readonly stands?: Stands;
  /** A value of zeros is none: an optional one needs no byte more to say so. */
  readonly tagged?: true;
  /** Its properties, in the order in which they are stored. */
  readonly properties?: Readonly<Record<string, PropertyRole>>;
}

const inPlace = (bytes: number, stands: Stands = 'number'): KindRule => ({ bytes, key: true, stands });

/** All kinds by name. */
export const kindRules: Readonly<Record<Kind['kind'], KindRule>> = {
  int8: inPlace(1),
  uint8: inPlace(1),
  int16: inPlace(2),
  uint16: inPlace(2),
  int32: inPlace(4),
  uint32: inPlace(4),
  int53: inPlace(8),
  int64: inPlace(8, 'bigint'),
  uint64: inPlace(8, 'bigint'),
  float32: inPlace(4),
  float64: inPlace(8),
  bool: inPlace(1, 'boolean'),
  date: inPlace(8, 'date'),
  text: { bytes: 8, reference: true, key: true, stands: 'text' },
  interned: { bytes: 8, reference: true, key: true, stands: 'text' },
  bytes: { bytes: 8, reference: true, key: true, stands: 'bytes' },
  union: { bytes: 16, required: true, tagged: true, properties: { of: 'members' } },
  enum: {
    bytes: ({ values }: EnumKind) => (values.length <= 256 ? 1 : 2),
    key: true,
    stands: 'text',
    properties: { values: 'names' },
  },
  optional: {
    bytes: ({ of }: OptionalKind<Kind>) => (1 + Number(needsMark(of))) * slotSize(of),
    nullable: true,
    properties: { of: 'value' },
  },
  ref: {
    bytes: 8,
    reference: true,
    required: true,
    key: true,
    stands: 'object',
    properties: { to: 'struct' },
  },
  weak: { bytes: 8, reference: true, nullable: true, properties: { to: 'struct' } },
  list: { bytes: 8, reference: true, properties: { of: 'kind', name: 'name' } },
  map: { bytes: 8, reference: true, properties: { key: 'key', value: 'kind', name: 'name' } },
  defaultMap: { bytes: 8, reference: true, properties: { key: 'key', value: 'beginning', name: 'name' } },
  sortedMap: { bytes: 8, reference: true, properties: { key: 'order', value: 'kind', name: 'name' } },
  sortedList: {
    bytes: 8,
    reference: true,
    properties: { of: 'kind', by: 'path', descending: 'flag', unique: 'flag', name: 'name' },
  },
  set: { bytes: 8, reference: true, properties: { of: 'key', name: 'name' } },
  buffer: { bytes: 8, reference: true, required: true },
};

/** The rule of a kind, or nothing when there is no such kind. */
export function ruleOf(kind: Kind | undefined): KindRule | undefined {
  const name = kind?.kind;
  return typeof name === 'string' && Object.hasOwn(kindRules, name) ? kindRules[name] : undefined;
}

/** The properties of a kind as `[name, role, value]`, in the order in which they are stored. */
export function propertiesOf(kind: Kind): [string, PropertyRole, unknown][] {
  return Object.entries(ruleOf(kind)?.properties ?? {}).map(([name, role]) => {
    return [name, role, (kind as unknown as Record<string, unknown>)[name]];
  });
}

const holding: ReadonlySet<PropertyRole> = new Set(['kind', 'value', 'beginning', 'members']);

/** The kinds that a value of this kind holds values of; keys cannot hold others, and are not among them. */
export function innerKinds(kind: Kind): Kind[] {
  return propertiesOf(kind)
    .filter(([, role]) => holding.has(role))
    .flatMap(([, , inner]) => inner as Kind | Kind[]);
}

/** Whether a kind has a value to begin with. */
export function hasDefault(kind: Kind): boolean {
  return ruleOf(kind)?.required !== true;
}

/** Whether a value of the kind lies elsewhere, with a reference to it here. */
export function isReference(kind: Kind): boolean {
  return ruleOf(kind)?.reference === true;
}

/** Whether an optional value of the kind has a mark beside it that says whether it is there. */
export function needsMark(kind: Kind): boolean {
  return !isReference(kind) && ruleOf(kind)?.tagged !== true;
}

/** Bytes that a value takes in a record, a list or a table; also the size of a step to the next one, save for padding. */
export function slotSize(kind: Kind): number {
  const { bytes } = kindRules[kind.kind];
  return typeof bytes === 'number' ? bytes : bytes(kind as never);
}
