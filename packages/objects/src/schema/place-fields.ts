import { isReference, slotSize } from './kind-rules.js';
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
