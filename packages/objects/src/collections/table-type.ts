import type { Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import type { LiveObject } from '../live/live-object.js';
import type { LiveType, Take } from '../live/live-type.js';
import type { TypeContext } from '../live/type-context.js';
import { countBytes } from '../schema/counted-kinds.js';
import type { Kind } from '../schema/kinds.js';
import { showKind } from '../schema/plain-kind.js';
import { otherKind } from '../values/codec.js';
import { checkKey, freeTable, type TableParts, tableContent, tableParts, traceTable } from './table.js';

/** How maps and sets differ. A set's entries have a key and no value. */
interface Shape<Live extends LiveObject> {
  readonly key: Kind;
  readonly value?: Kind;
  /** Keys and values of plain data. @throws TypeError */
  entries(value: unknown, name: string, path: string): Iterable<readonly [unknown, unknown]>;
  open(parts: TableParts, segment: Segment, at: number, serial: number): Live;
  add(live: Live, entry: readonly [key: unknown, value: unknown]): void;
  /** @returns whether it was of the same kind. */
  fill(to: Live, from: LiveObject, take: Take): boolean;
}

/** The type of collections whose entries lie in a table. */
export function tableType<Live extends LiveObject>(
  realm: TypeContext,
  kind: Kind,
  tag: number,
  shape: Shape<Live>,
): LiveType {
  const { chunks } = realm;
  const name = showKind(kind);
  const size = tableContent + (realm.isCounted(kind) ? countBytes : 0);
  let bound: TableParts | undefined;
  const parts = () => {
    bound ??= tableParts(chunks, realm.codec(shape.key), shape.value && realm.codec(shape.value), name);
    return bound;
  };
  const open = (segment: Segment, at: number) => {
    return shape.open(parts(), segment, at, segment.view.getInt32(at + 4, true));
  };
  return {
    tag,
    name,
    size,
    counted: size > tableContent,
    accepts: new Set([tag]),
    check: (value, path) => {
      for (const [key, element] of shape.entries(value, name, path)) {
        checkKey(parts(), key);
        parts().value?.check(element, path);
      }
    },
    create: (value) => {
      const place = chunks.allocate(tag, size);
      if (value === undefined) return place;
      for (const entry of shape.entries(value, name, name)) shape.add(open(place.segment, place.at), entry);
      return place;
    },
    open,
    free: (place: Place) => {
      freeTable(parts(), open(place.segment, place.at));
      chunks.free(place);
    },
    trace: (place, visit) => traceTable(parts(), open(place.segment, place.at), visit),
    fill: (to, from, take) => {
      if (!shape.fill(to as Live, from, take)) throw otherKind(name);
    },
  };
}
