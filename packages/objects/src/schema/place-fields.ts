import { countBytes, isCountedStruct } from './counted-kinds.js';
import { type Direction, ownSlots } from './graph-rules.js';
import { needsMark, slotSize } from './kind-rules.js';
import type { Kind, Structs } from './kinds.js';
import { ownFields, type Schema } from './schema.js';

/** A field in its record. */
export interface PlacedField {
  readonly name: string;
  readonly kind: Kind;
  /** Bytes from the beginning of the content. */
  readonly offset: number;
}

/** A node's list of edges of one kind in its record. */
export interface PlacedSlot {
  readonly edge: string;
  readonly direction: Direction;
  readonly offset: number;
}

/** Where the fields of a struct lie, and how long its record is. */
export interface RecordLayout {
  readonly fields: readonly PlacedField[];
  readonly slots: readonly PlacedSlot[];
  /** Where an edge's links lie, or the end of what is no edge. */
  readonly links: number;
  readonly size: number;
}

/** Bytes of a node's list of edges. */
export const slotBytes = 24;

/** Bytes of an edge's links. */
export const linkBytes = 32;

/** What the offset of a value is a multiple of. */
export function slotAlignment(kind: Kind): number {
  const value = kind.kind === 'optional' && needsMark(kind.of) ? kind.of : kind;
  return Math.min(8, slotSize(value));
}

/**
 * Places the fields of a struct: those of its bases first, each in the order of declaration, at the next multiple of
 * their alignment. So the record of a derived struct begins with that of its base; a field that is declared again stays in
 * its place. A struct that edges lead from or to
 * has the lists of them after its own fields, an edge its links at the end. What is counted ends with its count.
 */
export function placeRecord({ structs }: Schema, name: string): RecordLayout {
  const layout = placeFields(structs, name);
  if (!isCountedStruct(structs, name)) return layout;
  return { ...layout, size: Math.ceil(layout.size / 8) * 8 + countBytes };
}

function placeFields(structs: Structs, name: string): RecordLayout {
  const { extends: base, edge } = structs[name]!;
  const begin = base === undefined ? undefined : placeFields(structs, base);
  let size = begin?.size ?? 0;
  const take = (bytes: number, alignment: number) => {
    const offset = Math.ceil(size / alignment) * alignment;
    size = offset + bytes;
    return offset;
  };
  const own = new Map(ownFields(structs, name));
  const inherited = (begin?.fields ?? []).map((field) => ({
    ...field,
    kind: own.get(field.name) ?? field.kind,
  }));
  for (const { name: field } of inherited) own.delete(field);
  const fields = Array.from(own, ([field, kind]) => {
    return { name: field, kind, offset: take(slotSize(kind), slotAlignment(kind)) };
  });
  const slots = ownSlots(structs, name).map(([kind, direction]) => {
    return { edge: kind, direction, offset: take(slotBytes, 8) };
  });
  const links = edge ? take(linkBytes, 8) : size;
  return {
    fields: [...inherited, ...fields],
    slots: [...(begin?.slots ?? []), ...slots],
    links,
    size,
  };
}
