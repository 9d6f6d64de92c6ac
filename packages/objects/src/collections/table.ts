import { errors } from '../errors.js';
import { type Chunks, chunkHeader, type Place, tags } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { contentOf, LiveObject, segmentKey } from '../live/live-object.js';
import { type Codec, wrongType } from '../values/codec.js';
import { writeReference } from '../values/text-codec.js';

/*
 * A map or a set, 24 bytes: reference to its table (8), number of keys (4), of entries used (4), capacity in entries (4),
 * number of slots (4), a power of two.
 *
 * The table is a chunk with tag 6:
 *
 *     slots    4 each: 1 + the number of an entry, or 0; a key's slot is its hash modulo the number of slots, or the
 *              next that is free
 *     entries  in the order of insertion: hash (4), 1 when in use (4), key, value; key and value begin at multiples of 8
 *
 * A deleted entry stays, unused, until the table is rebuilt, and so do the slots that lead to it.
 */
export const tableContent = 24;

/** What a table's owner knows: how keys and values lie. */
export interface TableParts {
  readonly chunks: Chunks;
  readonly key: Codec;
  readonly value: Codec | undefined;
  readonly path: string;
  /** Bytes of an entry. */
  readonly stride: number;
  /** Where the value begins in it. */
  readonly valueAt: number;
  /** The table that was found last: the one, as long as what leads to it is the same. */
  last: Table | undefined;
}

interface Table {
  readonly granule: number;
  readonly serial: number;
  readonly capacity: number;
  readonly segment: Segment;
  /** Where its content begins. */
  readonly at: number;
  readonly mask: number;
  readonly entries: number;
}

const roundUp = (size: number) => Math.ceil(size / 8) * 8;

/** Puts together what a table's functions need. */
export function tableParts(chunks: Chunks, key: Codec, value: Codec | undefined, path: string): TableParts {
  const valueAt = 8 + roundUp(key.size);
  return {
    chunks,
    key,
    value,
    path,
    valueAt,
    stride: valueAt + (value ? roundUp(value.size) : 0),
    last: undefined,
  };
}

/** @throws TypeError, RangeError, OBJ_FOREIGN unless the value can be a key: plain data is no identity. */
export function checkKey({ key, path }: TableParts, value: unknown): void {
  const isPlain = typeof value === 'object' && !(value instanceof Date) && !(value instanceof Uint8Array);
  if (isPlain && !(value instanceof LiveObject)) throw wrongType(path, 'a key', value);
  key.check(value, path);
}

/** How many keys there are. */
export function tableSize(owner: LiveObject): number {
  return owner[segmentKey].view.getUint32(contentOf(owner) + 8, true);
}

/** The entry of a key: where it lies, or nothing. */
export function findEntry(parts: TableParts, owner: LiveObject, key: unknown): Place | undefined {
  const table = tableOf(parts, owner[segmentKey], contentOf(owner));
  if (!table) return undefined;
  const hash = parts.key.key!.probe(key);
  const found = search(parts, table, hash);
  return found === undefined ? undefined : { segment: table.segment, at: found };
}

/** The entry of a key, made when there is none. The key must have been checked. */
export function ensureEntry(
  parts: TableParts,
  owner: LiveObject,
  key: unknown,
): { place: Place; isNew: boolean } {
  const { chunks } = parts;
  const hash = parts.key.key!.probe(key);
  const segment = owner[segmentKey];
  const content = contentOf(owner);
  const before = tableOf(parts, segment, content);
  const found = before && search(parts, before, hash);
  if (before && found !== undefined) return { place: { segment: before.segment, at: found }, isNew: false };
  const used = segment.view.getUint32(content + 12, true);
  if (!before || used === segment.view.getUint32(content + 16, true)) rebuild(parts, owner);
  const table = tableOf(parts, segment, content)!;
  const index = segment.view.getUint32(content + 12, true);
  const { stride } = parts;
  const at = table.entries + index * stride;
  chunks.heap.own(table.segment, at, stride);
  // The key first: when there is no room for it, nothing has happened.
  parts.key.set(table.segment, at + 8, parts.key.key!.canonical?.(key) ?? key);
  table.segment.view.setUint32(at, hash, true);
  table.segment.view.setUint32(at + 4, 1, true);
  link(chunks, table, hash, index);
  segment.heap.own(segment, content, tableContent);
  segment.view.setUint32(content + 8, segment.view.getUint32(content + 8, true) + 1, true);
  segment.view.setUint32(content + 12, index + 1, true);
  return { place: { segment: table.segment, at }, isNew: true };
}

/** Removes a key. @returns whether it was there. */
export function deleteEntry(parts: TableParts, owner: LiveObject, key: unknown): boolean {
  const place = findEntry(parts, owner, key);
  if (!place) return false;
  const { stride, valueAt } = parts;
  const { segment, at } = place;
  parts.chunks.heap.own(segment, at, stride);
  parts.key.drop?.(segment, at + 8);
  parts.value?.drop?.(segment, at + valueAt);
  // The hash stays: it finds the slot again.
  segment.bytes.fill(0, at + 4, at + stride);
  const content = contentOf(owner);
  const own = owner[segmentKey];
  own.heap.own(own, content, tableContent);
  own.view.setUint32(content + 8, own.view.getUint32(content + 8, true) - 1, true);
  settle(parts);
  return true;
}

/** The entries in the order of insertion. Those inserted meanwhile come, too. @throws OBJ_CHANGED when it was rebuilt. */
export function* entriesOf(parts: TableParts, owner: LiveObject): Generator<Place, void> {
  const { stride } = parts;
  const segment = owner[segmentKey];
  const serial = segment.view.getInt32(contentOf(owner) + 4, true);
  for (let index = 0; ; index++) {
    const content = contentOf(owner);
    if (index >= segment.view.getUint32(content + 12, true)) return;
    if (index > 0 && segment.view.getInt32(content + 4, true) !== serial) {
      throw errors.OBJ_CHANGED({ message: `${parts.path}: the table was rebuilt while it was iterated` });
    }
    const table = tableOf(parts, segment, content)!;
    const at = table.entries + index * stride;
    parts.chunks.heap.need(table.segment, at, stride);
    if (table.segment.view.getUint32(at + 4, true) === 1) yield { segment: table.segment, at };
  }
}

/** The table's chunk of an owner whose content is at a position, checked; or nothing when it has none. @throws OBJ_DAMAGED */
export function tableOf(parts: TableParts, segment: Segment, content: number): Table | undefined {
  const { view } = segment;
  const { chunks } = parts;
  const granule = view.getUint32(content, true);
  const used = view.getUint32(content + 12, true);
  const capacity = view.getUint32(content + 16, true);
  const slots = view.getUint32(content + 20, true);
  const serial = view.getInt32(content + 4, true);
  const { last } = parts;
  if (
    last?.granule === granule &&
    last.serial === serial &&
    last.capacity === capacity &&
    last.mask === slots - 1 &&
    used <= capacity
  )
    return last;
  if (granule === 0) {
    if (used === 0) return undefined;
    throw chunks.damaged('a map without a table has entries', segment.start + content);
  }
  const place = chunks.find(granule, serial);
  const size = 4 * slots + capacity * parts.stride;
  if (
    !place ||
    place.segment.view.getUint32(place.at, true) !== tags.table ||
    place.segment.view.getUint32(place.at + 12, true) < size ||
    (slots & (slots - 1)) !== 0 ||
    slots < 2 * capacity ||
    used > capacity
  ) {
    throw chunks.damaged('a map does not lead to its table', segment.start + content);
  }
  const at = place.at + chunkHeader;
  parts.last = {
    granule,
    serial,
    capacity,
    segment: place.segment,
    at,
    mask: slots - 1,
    entries: at + 4 * slots,
  };
  return parts.last;
}

function search(parts: TableParts, table: Table, hash: number): number | undefined {
  const { heap } = parts.chunks;
  const { stride } = parts;
  const { segment, mask } = table;
  for (let step = 0, slot = hash & mask; step <= mask; step++, slot = (slot + 1) & mask) {
    const slotAt = table.at + 4 * slot;
    if (segment.stamps[slotAt >>> 12] === 0) heap.need(segment, slotAt, 4);
    const number = segment.view.getUint32(slotAt, true);
    if (number === 0) return undefined;
    const at = table.entries + (number - 1) * stride;
    if (at + stride > segment.bytes.length)
      throw parts.chunks.damaged('a slot leads nowhere', segment.start + at);
    heap.need(segment, at, stride);
    const same = segment.view.getUint32(at, true) === hash && segment.view.getUint32(at + 4, true) === 1;
    if (same && parts.key.key!.matches(segment, at + 8)) return at;
  }
  return undefined;
}

function link(
  chunks: Chunks,
  { segment, at, mask }: Pick<Table, 'segment' | 'at' | 'mask'>,
  hash: number,
  index: number,
): void {
  let slot = hash & mask;
  for (;;) {
    chunks.heap.own(segment, at + 4 * slot, 4);
    if (segment.view.getUint32(at + 4 * slot, true) === 0) break;
    slot = (slot + 1) & mask;
  }
  segment.view.setUint32(at + 4 * slot, index + 1, true);
}

/** A table with room for one more key at the least: twice as many as there are keys, deleted ones left behind. */
function rebuild(parts: TableParts, owner: LiveObject): void {
  const { chunks } = parts;
  const { stride } = parts;
  const segment = owner[segmentKey];
  const content = contentOf(owner);
  const old = tableOf(parts, segment, content);
  const count = tableSize(owner);
  let capacity = 4;
  while (capacity < 2 * count) capacity *= 2;
  const slots = 2 * capacity;
  const place = chunks.allocate(tags.table, 4 * slots + capacity * stride);
  const at = place.at + chunkHeader;
  const table = { segment: place.segment, at, mask: slots - 1, entries: at + 4 * slots };
  let index = 0;
  if (old) {
    for (const from of entriesOf(parts, owner)) {
      const to = table.entries + index * stride;
      chunks.heap.own(table.segment, to, stride);
      table.segment.bytes.set(from.segment.bytes.subarray(from.at, from.at + stride), to);
      link(chunks, table, from.segment.view.getUint32(from.at, true), index);
      index++;
    }
    chunks.free({ segment: old.segment, at: old.at - chunkHeader });
  }
  segment.heap.own(segment, content, tableContent);
  writeReference(segment, content, place);
  segment.view.setUint32(content + 12, index, true);
  segment.view.setUint32(content + 16, capacity, true);
  segment.view.setUint32(content + 20, slots, true);
}

/** Frees the table of an owner, with what belongs to its entries alone. */
export function freeTable(parts: TableParts, owner: LiveObject): void {
  const { valueAt } = parts;
  for (const { segment, at } of entriesOf(parts, owner)) {
    parts.key.drop?.(segment, at + 8);
    parts.value?.drop?.(segment, at + valueAt);
  }
  const table = tableOf(parts, owner[segmentKey], contentOf(owner));
  if (table) parts.chunks.free({ segment: table.segment, at: table.at - chunkHeader });
}

/** Removes all keys. */
export function clearTable(parts: TableParts, owner: LiveObject): void {
  freeTable(parts, owner);
  const segment = owner[segmentKey];
  const content = contentOf(owner);
  segment.heap.own(segment, content, tableContent);
  segment.bytes.fill(0, content, content + tableContent);
  settle(parts);
}

/** Frees what lost its last reference with an entry. */
function settle({ key, value }: TableParts): void {
  key.settle?.();
  value?.settle?.();
}

/** Shows the chunks that a table keeps alive, its own among them. */
export function traceTable(parts: TableParts, owner: LiveObject, visit: (place: Place) => void): void {
  const { valueAt } = parts;
  for (const { segment, at } of entriesOf(parts, owner)) {
    parts.key.trace?.(segment, at + 8, visit);
    parts.value?.trace?.(segment, at + valueAt, visit);
  }
  const table = tableOf(parts, owner[segmentKey], contentOf(owner));
  if (table) visit({ segment: table.segment, at: table.at - chunkHeader });
}
