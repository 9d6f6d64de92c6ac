import { type Chunks, chunkHeader, type Place } from '../heap/chunks.js';
import type { Direction } from '../schema/graph-rules.js';
import { writeReference } from '../values/text-codec.js';

/*
 * A node has a list of its edges for each kind of edge and each direction, 24 bytes: reference to the newest (8), to the
 * oldest (8), how many there are (4), zero (4).
 *
 * An edge is in two such lists, and ends with its links in them, 32 bytes: in the list of the node that it leads from, the
 * next older (8) and the next newer (8); in that of the node that it leads to, the same.
 */

/** What is the same for all edges of a kind, in one of the two lists that they are in. Offsets count from the chunk. */
export interface EdgeList {
  readonly edge: string;
  readonly direction: Direction;
  /** The tags of the nodes at this end. */
  readonly nodes: ReadonlySet<number>;
  /** The tag of the edges. */
  readonly tag: number;
  /** Bytes of an edge's content. */
  readonly size: number;
  /** The list in the node. */
  readonly slot: number;
  /** The reference to the node in the edge. */
  readonly end: number;
  /** The links in the edge. */
  readonly links: number;
}

/** Which neighbour in a list: where its link is after the links' beginning, and where the list begins in that order. */
export const older = { link: 0, back: 8, first: 0 } as const;
export const newer = { link: 8, back: 0, first: 8 } as const;
export type Way = typeof older | typeof newer;

/** Where an iteration goes on. It moves when its edge is unlinked. */
export interface Cursor {
  granule: number;
  serial: number;
  /** Where the link that it follows lies in an edge. */
  readonly link: number;
}

/** The chunk that a reference at a place leads to, with so many bytes of content, of one of the tags; or nothing for an empty one. @throws OBJ_DAMAGED */
export function follow(
  chunks: Chunks,
  { segment, at }: Place,
  tags: ReadonlySet<number> | number,
  length: number,
): Place | undefined {
  const granule = segment.view.getUint32(at, true);
  if (granule === 0) return undefined;
  const place = chunks.find(granule, segment.view.getInt32(at + 4, true), length);
  const tag = place?.segment.view.getUint32(place.at, true);
  if (place && (typeof tags === 'number' ? tag === tags : tags.has(tag!))) return place;
  throw chunks.damaged('a link between nodes and edges leads to neither', segment.start + at);
}

/** The list of a node that an edge is in. @throws OBJ_DAMAGED */
export function slotOf(chunks: Chunks, list: EdgeList, { segment, at }: Place): Place {
  const node = follow(chunks, { segment, at: at + list.end }, list.nodes, list.slot + 24 - chunkHeader);
  if (!node) throw chunks.damaged('an edge leads nowhere', segment.start + at);
  return { segment: node.segment, at: node.at + list.slot };
}

/** The edge that a link leads to. @throws OBJ_DAMAGED */
export function edgeAt(chunks: Chunks, list: EdgeList, link: Place): Place | undefined {
  return follow(chunks, link, list.tag, list.size);
}

/** How many edges a list has. */
export function countAt({ segment, at }: Place): number {
  return segment.view.getUint32(at + 16, true);
}

/** Puts an edge that knows its ends to the newest end of a list. */
export function link(chunks: Chunks, list: EdgeList, edge: Place): void {
  const slot = slotOf(chunks, list, edge);
  const next = edgeAt(chunks, list, slot);
  put(chunks, edge, list.links + older.link, next);
  if (next) put(chunks, next, list.links + newer.link, edge);
  else put(chunks, slot, newer.first, edge);
  put(chunks, slot, older.first, edge);
  addCount(chunks, slot, 1);
}

/** Takes an edge out of a list; iterations that stand there go on with the next. */
export function unlink(chunks: Chunks, list: EdgeList, edge: Place, cursors: ReadonlySet<Cursor>): void {
  const slot = slotOf(chunks, list, edge);
  const links = edge.at + list.links;
  const [before, after] = [older, newer].map(({ link }) =>
    edgeAt(chunks, list, { segment: edge.segment, at: links + link }),
  );
  if (before) put(chunks, before, list.links + newer.link, after);
  else put(chunks, slot, newer.first, after);
  if (after) put(chunks, after, list.links + older.link, before);
  else put(chunks, slot, older.first, before);
  addCount(chunks, slot, -1);
  const { view, start } = edge.segment;
  for (const cursor of cursors) {
    if (cursor.granule !== (start + edge.at) / 16) continue;
    if (cursor.link !== list.links && cursor.link !== list.links + newer.link) continue;
    cursor.granule = view.getUint32(edge.at + cursor.link, true);
    cursor.serial = view.getInt32(edge.at + cursor.link + 4, true);
  }
}

/** The edges of a list one after the other, checked against leading in a circle. @throws OBJ_DAMAGED */
export function* walk(chunks: Chunks, list: EdgeList, slot: Place, way: Way): Generator<Place, void> {
  let back: Place | undefined;
  for (let link: Place = { segment: slot.segment, at: slot.at + way.first }; ; ) {
    const edge = edgeAt(chunks, list, link);
    if (!edge) return;
    checkBack(chunks, list, edge, way, back);
    link = { segment: edge.segment, at: edge.at + list.links + way.link };
    back = edge;
    yield edge;
  }
}

/** @throws OBJ_DAMAGED unless the edge knows the one before it: so no list leads in a circle. */
export function checkBack(
  chunks: Chunks,
  list: EdgeList,
  edge: Place,
  way: Way,
  back: Place | undefined,
): void {
  const { view, start } = edge.segment;
  const at = edge.at + list.links + way.back;
  const wanted = back ? (back.segment.start + back.at) / 16 : 0;
  if (view.getUint32(at, true) === wanted) return;
  throw chunks.damaged('an edge does not know the one before it', start + at);
}

function put(chunks: Chunks, { segment, at }: Place, offset: number, place: Place | undefined): void {
  chunks.heap.own(segment, at + offset, 8);
  writeReference(segment, at + offset, place);
}

function addCount(chunks: Chunks, { segment, at }: Place, step: number): void {
  chunks.heap.own(segment, at + 16, 4);
  segment.view.setUint32(at + 16, countAt({ segment, at }) + step, true);
}
