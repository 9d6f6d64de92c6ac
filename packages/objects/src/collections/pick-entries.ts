import { isTerraneError } from '@terrane/errors';
import type { Place } from '../heap/chunks.js';
import { contentOf, type LiveObject, segmentKey } from '../live/live-object.js';
import type { Wanted } from './pick.js';
import { type TableParts, tableOf } from './table.js';

/** The entries of a table of which `wanted` says so, with their keys. One whose key was freed leads to nothing. */
export function* pickEntries(
  parts: TableParts,
  owner: LiveObject,
  wanted: Wanted,
): Generator<readonly [key: unknown, entry: Place], void> {
  const { stride, key, value } = parts;
  const valueAt = value ? parts.valueAt : 8;
  const { size } = value ?? key;
  const content = contentOf(owner);
  const table = tableOf(parts, owner[segmentKey], content);
  if (!table) return;
  const used = owner[segmentKey].view.getUint32(content + 12, true);
  const { segment } = table;
  for (let index = 0; index < used; index++) {
    const at = table.entries + index * stride;
    if (!wanted(segment, at, stride, at + valueAt, size)) continue;
    parts.chunks.heap.need(segment, at, stride);
    if (segment.view.getUint32(at + 4, true) !== 1) continue;
    let found: unknown;
    try {
      found = key.get(segment, at + 8);
    } catch (error) {
      if (isTerraneError(error, 'OBJ_FREED')) continue;
      throw error;
    }
    yield [found, { segment, at }];
  }
}
