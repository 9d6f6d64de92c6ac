import type { Mode, Out } from '@terrane/driver';
import type { Attributes, StringType } from '@terrane/hdf5';
import { steps, wait } from './steps.js';

/** The classes of nodes, as their CLASS attribute and their printed form name them. */
export type NodeClass =
  | 'Group'
  | 'Array'
  | 'CArray'
  | 'EArray'
  | 'VLArray'
  | 'Table'
  | 'ImageArray'
  | 'UnImplemented';

/** CLASS attributes and the classes they stand for. */
export const classOfAttribute: Readonly<Record<string, NodeClass>> = {
  GROUP: 'Group',
  ARRAY: 'Array',
  CARRAY: 'CArray',
  EARRAY: 'EArray',
  VLARRAY: 'VLArray',
  TABLE: 'Table',
  IMAGE: 'ImageArray',
};

/** VERSION attributes that PyTables 3 writes. */
const versions = { group: '1.0', array: '2.4' } as const;

/** The version of the whole convention, which makes a file a PyTables file. */
const formatVersion = '2.1';

/** Names that PyTables keeps for itself; everything else is the user's. */
const systemNames = new Set([
  'CLASS',
  'VERSION',
  'TITLE',
  'NROWS',
  'EXTDIM',
  'ENCODING',
  'PYTABLES_FORMAT_VERSION',
  'FLAVOR',
  'FILTERS',
  'AUTO_INDEX',
  'DIRTY',
  'NODE_TYPE',
  'NODE_TYPE_VERSION',
  'PSEUDOATOM',
]);

/** Whether an attribute belongs to PyTables, not to the user. */
export function isSystemAttribute(name: string): boolean {
  return systemNames.has(name) || /^FIELD_\d+_(NAME|FILL|ATTR_\w+)$/.test(name);
}

/** The system attributes of a new group, in the order PyTables writes them. */
export function groupAttributes(title: string, isRoot: boolean): [name: string, text: string][] {
  const own: [string, string][] = [
    ['TITLE', title],
    ['CLASS', 'GROUP'],
    ['VERSION', versions.group],
  ];
  return isRoot ? [...own, ['PYTABLES_FORMAT_VERSION', formatVersion]] : own;
}

/** The system attributes of a new array, in the order PyTables writes them. */
export function arrayAttributes(title: string, flavor: 'numpy' | 'python'): [name: string, text: string][] {
  return [
    ['CLASS', 'ARRAY'],
    ['VERSION', versions.array],
    ['TITLE', title],
    ['FLAVOR', flavor],
  ];
}

/** Text as PyTables stores it: exactly its UTF-8 bytes, "NUL-terminated" without room for the NUL. */
export function textType(text: string): StringType {
  const size = Math.max(1, new TextEncoder().encode(text).length);
  return { class: 'string', size, padding: 'null-terminate', charset: 'utf-8' };
}

/** Writes texts as attributes; an empty one is a one-byte string in a null dataspace, as PyTables has it. */
export function setTexts<M extends Mode>(
  mode: M,
  attributes: Attributes<M>,
  texts: readonly (readonly [name: string, text: string])[],
): Out<M, void> {
  return steps<M, void>(mode, function* () {
    for (const [name, text] of texts) {
      const shape = text === '' ? null : [];
      yield* wait<M, void>(attributes.set(name, text, { type: textType(text), shape }));
    }
  });
}
