import { chunkHeader, type Place } from '../heap/chunks.js';
import type { TypeContext } from '../live/type-context.js';
import { linkBytes, placeRecord } from '../schema/place-fields.js';
import type { Schema } from '../schema/schema.js';
import { writeReference } from '../values/text-codec.js';

/** @throws TypeError when an edge would lead from or to another struct than before. */
export function checkEnds(before: Schema, after: Schema): void {
  for (const [name, { edge }] of Object.entries(after.structs)) {
    const was = Object.hasOwn(before.structs, name) ? before.structs[name] : undefined;
    if (!was || (was.edge?.from === edge?.from && was.edge?.to === edge?.to)) continue;
    throw new TypeError(
      `${name}: what an edge connects cannot be changed; declare another, and connect anew`,
    );
  }
}

/** Copies the lists of a node and the links of an edge into its copy in another heap; `copy` tells where an edge's copy lies. */
export function copyLinks(
  from: TypeContext,
  to: TypeContext,
  name: string,
  source: Place,
  target: Place,
  copy: (edge: Place) => Place,
): void {
  const before = placeRecord(from.schema, name);
  const after = placeRecord(to.schema, name);
  const { view } = source.segment;
  const copyReference = (was: number, is: number) => {
    const at = source.at + chunkHeader + was;
    const granule = view.getUint32(at, true);
    if (granule === 0) return;
    const edge = from.chunks.find(granule, view.getInt32(at + 4, true));
    if (!edge) throw from.chunks.damaged('a link leads to no edge', source.segment.start + at);
    writeReference(target.segment, target.at + chunkHeader + is, copy(edge));
  };
  for (const { edge, direction, offset } of after.slots) {
    const slot = before.slots.find((other) => other.edge === edge && other.direction === direction);
    if (!slot) continue;
    copyReference(slot.offset, offset);
    copyReference(slot.offset + 8, offset + 8);
    const count = view.getUint32(source.at + chunkHeader + slot.offset + 16, true);
    target.segment.view.setUint32(target.at + chunkHeader + offset + 16, count, true);
  }
  if (!to.schema.structs[name]!.edge) return;
  for (let link = 0; link < linkBytes; link += 8) copyReference(before.links + link, after.links + link);
}
