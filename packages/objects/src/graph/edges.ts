import { errors } from '../errors.js';
import type { Chunks, Place } from '../heap/chunks.js';
import { contentOf, type LiveObject, positionKey, segmentKey } from '../live/live-object.js';
import { type Cursor, checkBack, countAt, type EdgeList, edgeAt, newer, older, type Way } from './links.js';

/** What the edges of a node need of its store. */
export interface EdgeContext {
  readonly chunks: Chunks;
  readonly cursors: Set<Cursor>;
  open(place: Place): LiveObject;
}

/**
 * Edges of a node, of one kind or of all: a window on the store as its objects are. Edges may be deleted while they are
 * iterated; whether those come that are made meanwhile is not said.
 */
export class Edges<Edge = unknown> implements Iterable<Edge> {
  readonly #context: EdgeContext;
  readonly #node: LiveObject;
  readonly #lists: readonly EdgeList[];

  /** @internal */
  constructor(context: EdgeContext, node: LiveObject, lists: readonly EdgeList[]) {
    this.#context = context;
    this.#node = node;
    this.#lists = lists;
  }

  /** How many edges there are; kept in the node, so nothing is walked. */
  get count(): number {
    return this.#lists.reduce((sum, list) => sum + countAt(this.#slot(list)), 0);
  }

  /** The edges, the newest first; those of several kinds one kind after the other. @throws OBJ_FREED, OBJ_CHANGED */
  [Symbol.iterator](): Generator<Edge, void> {
    return this.#lists.length === 1 ? this.#walk(this.#lists[0]!, older) : this.#each(older);
  }

  /** The same, the oldest first. */
  oldestFirst(): Generator<Edge, void> {
    return this.#lists.length === 1 ? this.#walk(this.#lists[0]!, newer) : this.#each(newer);
  }

  *#each(way: Way): Generator<Edge, void> {
    for (const list of this.#lists) yield* this.#walk(list, way);
  }

  *#walk(list: EdgeList, way: Way): Generator<Edge, void> {
    const { chunks, cursors } = this.#context;
    const cursor: Cursor = { granule: 0, serial: 0, link: list.links + way.link };
    const slot = this.#slot(list);
    advance(cursor, slot.segment, slot.at + way.first);
    // The edge that the cursor stands on, as long as nobody moves it.
    let next = edgeAt(chunks, list, { segment: slot.segment, at: slot.at + way.first });
    if (next) checkBack(chunks, list, next, way, undefined);
    cursors.add(cursor);
    try {
      while (cursor.granule !== 0) {
        const edge = isAt(cursor, next) ? next : chunks.find(cursor.granule, cursor.serial, list.size);
        if (!edge) throw errors.OBJ_CHANGED({ message: 'edges were rolled back while they were iterated' });
        next = edgeAt(chunks, list, { segment: edge.segment, at: edge.at + cursor.link });
        if (next) checkBack(chunks, list, next, way, edge);
        advance(cursor, edge.segment, edge.at + cursor.link);
        yield this.#context.open(edge) as Edge;
      }
    } finally {
      cursors.delete(cursor);
    }
  }

  #slot(list: EdgeList): Place {
    contentOf(this.#node);
    return { segment: this.#node[segmentKey], at: this.#node[positionKey] + list.slot };
  }
}

/** Whether a cursor still stands on an edge, and the edge is still there. */
function isAt({ granule, serial }: Cursor, place: Place | undefined): place is Place {
  if (!place || (place.segment.start + place.at) / 16 !== granule) return false;
  return place.segment.view.getInt32(place.at + 4, true) === serial;
}

function advance(cursor: Cursor, { view }: Place['segment'], at: number): void {
  cursor.granule = view.getUint32(at, true);
  cursor.serial = view.getInt32(at + 4, true);
}
