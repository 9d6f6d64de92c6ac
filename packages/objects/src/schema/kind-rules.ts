import type { EnumKind, Kind, OptionalKind } from './kinds.js';

/**
 * What a property of a kind is: `kind`, another kind; `value`, one that is not empty by itself; `key`, one that a table can
 * find; `struct`, the name of one; `names`, those of an enumeration.
 */
export type PropertyRole = 'kind' | 'value' | 'key' | 'struct' | 'names';

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
  /** Its properties, in the order in which they are stored. */
  readonly properties?: Readonly<Record<string, PropertyRole>>;
}

const inPlace = (bytes: number): KindRule => ({ bytes, key: true });

/** All kinds by name. */
export const kindRules: Readonly<Record<Kind['kind'], KindRule>> = {
  int8: inPlace(1),
  uint8: inPlace(1),
  int16: inPlace(2),
  uint16: inPlace(2),
  int32: inPlace(4),
  uint32: inPlace(4),
  int53: inPlace(8),
  int64: inPlace(8),
  uint64: inPlace(8),
  float32: inPlace(4),
  float64: inPlace(8),
  bool: inPlace(1),
  date: inPlace(8),
  text: { bytes: 8, reference: true, key: true },
  bytes: { bytes: 8, reference: true, key: true },
  enum: {
    bytes: ({ values }: EnumKind) => (values.length <= 256 ? 1 : 2),
    key: true,
    properties: { values: 'names' },
  },
  optional: {
    bytes: ({ of }: OptionalKind<Kind>) => (isReference(of) ? 8 : 2 * slotSize(of)),
    nullable: true,
    properties: { of: 'value' },
  },
  ref: { bytes: 8, reference: true, required: true, key: true, properties: { to: 'struct' } },
  weak: { bytes: 8, reference: true, nullable: true, properties: { to: 'struct' } },
  list: { bytes: 8, reference: true, properties: { of: 'kind' } },
  map: { bytes: 8, reference: true, properties: { key: 'key', value: 'kind' } },
  set: { bytes: 8, reference: true, properties: { of: 'key' } },
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

/** The kinds that a value of this kind holds values of; keys cannot hold others, and are not among them. */
export function innerKinds(kind: Kind): Kind[] {
  return propertiesOf(kind)
    .filter(([, role]) => role === 'kind' || role === 'value')
    .map(([, , inner]) => inner as Kind);
}

/** Whether a kind has a value to begin with. */
export function hasDefault(kind: Kind): boolean {
  return ruleOf(kind)?.required !== true;
}

/** Whether a value of the kind lies elsewhere, with a reference to it here. */
export function isReference(kind: Kind): boolean {
  return ruleOf(kind)?.reference === true;
}

/** Bytes that a value takes in a record, a list or a table; also the size of a step to the next one, save for padding. */
export function slotSize(kind: Kind): number {
  const { bytes } = kindRules[kind.kind];
  return typeof bytes === 'number' ? bytes : bytes(kind as never);
}
