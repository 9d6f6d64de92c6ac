import type { Kind } from './kinds.js';
import { allFields, type Schema } from './schema.js';

/** A field in its record. */
export interface PlacedField {
  readonly name: string;
  readonly kind: Kind;
  /** Bytes from the beginning of the content. */
  readonly offset: number;
}

/** Where the fields of a struct lie, and how long its record is. */
export interface RecordLayout {
  readonly fields: readonly PlacedField[];
  readonly size: number;
}

const sizes: Readonly<Record<string, number>> = {
  int8: 1,
  uint8: 1,
  bool: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
};

/** Whether a value of the kind lies elsewhere, with a reference to it here. */
export function isReference(kind: Kind): boolean {
  return !['enum', 'optional'].includes(kind.kind) && slotSize(kind) === 8 && !wideScalars.has(kind.kind);
}

const wideScalars = new Set(['int53', 'int64', 'uint64', 'float64', 'date']);

/** Bytes that a value takes in a record, a list or a table; also the size of a step to the next one, save for padding. */
export function slotSize(kind: Kind): number {
  if (kind.kind === 'enum') return kind.values.length <= 256 ? 1 : 2;
  if (kind.kind === 'optional') return isReference(kind.of) ? 8 : 2 * slotSize(kind.of);
  return sizes[kind.kind] ?? 8;
}

/** What the offset of a value is a multiple of. */
export function slotAlignment(kind: Kind): number {
  return kind.kind === 'optional' && !isReference(kind.of) ? slotSize(kind.of) : slotSize(kind);
}

/**
 * Places the fields of a struct: those of its bases first, each in the order of declaration, at the next multiple of
 * their alignment. So the record of a derived struct begins with that of its base.
 */
export function placeRecord({ structs }: Schema, name: string): RecordLayout {
  let size = 0;
  const fields = allFields(structs, name).map(([field, kind]) => {
    const alignment = slotAlignment(kind);
    const offset = Math.ceil(size / alignment) * alignment;
    size = offset + slotSize(kind);
    return { name: field, kind, offset };
  });
  return { fields, size };
}
