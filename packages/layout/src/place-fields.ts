import { nearest } from '@terrane/errors';
import { errors } from './errors.js';
import type { Layout } from './layout.js';

/** How a struct's fields are laid out. */
export interface PlacementOptions {
  /** `"packed"` (default): no gaps. `"c"`: every field and the whole are aligned as a C compiler does it. */
  readonly align?: 'packed' | 'c';
  /** Byte offsets of some fields; each of the others follows the field declared before it. */
  readonly offsets?: Readonly<Record<string, number>>;
  /** Bytes of the whole record, when there is more behind the last field. */
  readonly size?: number;
  /** Whether fields may share bytes, as in a union. */
  readonly overlapping?: boolean;
}

/** One field of a struct: its name, its first byte counted from the record's, and its layout. */
export interface PlacedField {
  readonly name: string;
  readonly offset: number;
  readonly layout: Layout;
}

/** Where every field goes. */
export interface Placement {
  readonly fields: readonly PlacedField[];
  readonly size: number;
  readonly alignment: number;
}

/**
 * Gives every field its offset.
 *
 * @throws LAY_DEFINITION when there is no field, a name cannot be one, an offset is unknown or no position, fields
 *   share bytes without leave, or a field runs over the size.
 */
export function placeFields(
  declared: readonly (readonly [string, Layout])[],
  options: PlacementOptions,
): Placement {
  const { align = 'packed', offsets = {}, overlapping = false } = options;
  const names = declared.map(([name]) => name);
  for (const name of Object.keys(offsets)) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    const hint = near === undefined ? {} : { hint: `did you mean ${JSON.stringify(near)}?` };
    throw refused(`an offset for ${JSON.stringify(name)}, which is no field`, hint);
  }
  const fields: PlacedField[] = [];
  let end = 0;
  let last = 0;
  let alignment = 1;
  for (const [name, layout] of declared) {
    checkName(name);
    const step = align === 'c' ? layout.alignment : 1;
    const offset = offsets[name] ?? Math.ceil(end / step) * step;
    if (!Number.isSafeInteger(offset) || offset < 0)
      throw refused(`offset ${offset} of ${JSON.stringify(name)}`);
    fields.push({ name, offset, layout });
    end = offset + layout.size;
    last = Math.max(last, end);
    alignment = Math.max(alignment, step);
  }
  if (!overlapping) checkOverlap(fields);
  const size = options.size ?? Math.ceil(last / alignment) * alignment;
  if (!Number.isSafeInteger(size) || size < 1) throw refused(`a size of ${size} bytes`);
  if (size < last) throw refused(`a size of ${size} bytes, but fields up to byte ${last}`);
  return { fields, size, alignment };
}

function checkOverlap(fields: readonly PlacedField[]): void {
  const sorted = [...fields].sort((a, b) => a.offset - b.offset);
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1]!;
    const after = sorted[i]!;
    if (before.offset + before.layout.size > after.offset) {
      throw refused(`${JSON.stringify(before.name)} and ${JSON.stringify(after.name)} share bytes`, {
        hint: 'say overlapping: true if they are meant to',
      });
    }
  }
}

/** JavaScript puts names that are array indices first, and `__proto__` nowhere; neither can be a field. */
function checkName(name: string): void {
  if (name === '__proto__' || name === 'constructor' || /^(0|[1-9]\d*)$/.test(name)) {
    throw refused(`the field name ${JSON.stringify(name)}, which JavaScript objects cannot keep in order`);
  }
}

function refused(what: string, more: { hint?: string } = {}) {
  return errors.LAY_DEFINITION({ message: `struct: ${what}`, ...more });
}
