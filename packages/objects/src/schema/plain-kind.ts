import { type PropertyRole, propertiesOf } from './kind-rules.js';
import type { Kind } from './kinds.js';

const plainProperty: Readonly<Record<PropertyRole, (value: unknown) => unknown>> = {
  kind: (value) => plainKind(value as Kind),
  value: (value) => plainKind(value as Kind),
  beginning: (value) => plainKind(value as Kind),
  key: (value) => plainKind(value as Kind),
  order: (value) => plainKind(value as Kind),
  struct: (value) => value,
  names: (value) => [...(value as string[])],
  members: (value) => (value as Kind[]).map(plainKind),
  path: (value) => value,
  flag: (value) => value,
  name: (value) => value,
};

const shownProperty: Readonly<Record<PropertyRole, (value: unknown, name: string) => string>> = {
  kind: (value) => showKind(value as Kind),
  value: (value) => showKind(value as Kind),
  beginning: (value) => showKind(value as Kind),
  key: (value) => showKind(value as Kind),
  order: (value) => showKind(value as Kind),
  struct: String,
  names: (value) => (value as string[]).join(' | '),
  members: (value) => (value as Kind[]).map(showKind).join(' | '),
  path: (value, name) => `${name} ${String(value)}`,
  flag: (_value, name) => name,
  name: String,
};

/** A kind with its properties in one order and nothing besides, so that equal kinds are equal as text. */
export function plainKind(given: Kind): Kind {
  const properties = propertiesOf(given)
    .filter(([, , value]) => value !== undefined)
    .map(([name, role, value]) => [name, plainProperty[role](value)]);
  return { kind: given.kind, ...Object.fromEntries(properties) };
}

/** The text that equal kinds have in common, and no others. */
export function kindKey(kind: Kind): string {
  return JSON.stringify(plainKind(kind));
}

/** A kind in words, for people: `map<text, ref<Person>>`, or the name that it has. */
export function showKind(kind: Kind): string {
  if ('name' in kind && kind.name !== undefined) return kind.name;
  const shown = propertiesOf(kind)
    .filter(([, , value]) => value !== undefined)
    .map(([name, role, value]) => shownProperty[role](value, name));
  return shown.length === 0 ? kind.kind : `${kind.kind}<${shown.join(', ')}>`;
}
