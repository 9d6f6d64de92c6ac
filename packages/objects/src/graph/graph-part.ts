import { chunkHeader, type Place } from '../heap/chunks.js';
import type { LiveObject } from '../live/live-object.js';
import type { TypeContext } from '../live/type-context.js';
import type { Direction } from '../schema/graph-rules.js';
import { placeRecord, type RecordLayout } from '../schema/place-fields.js';
import { Edges } from './edges.js';
import { countAt, type EdgeList, edgeAt, link, newer, older, slotOf, unlink, walk } from './links.js';

/** What a struct's type does besides when its objects are nodes or edges. */
export interface GraphPart {
  /** Puts a new edge, whose ends are set, into the lists of both, or of one. */
  link(place: Place, directions?: readonly Direction[]): void;
  /** Before an object is freed: an edge leaves its lists, a node's edges are freed. */
  free(place: Place): void;
  /** Shows the edges that an object keeps alive. */
  trace(place: Place, visit: (place: Place) => void): void;
  /** @throws OBJ_DAMAGED unless all edges of a node are its own, and as many as it says, and an edge is where its neighbours say. */
  verify(place: Place): void;
  /** What live objects have besides their fields. */
  readonly methods: Readonly<Record<string, (this: LiveObject, ...given: never[]) => unknown>>;
}

/** The part of a struct whose objects are nodes or edges; nothing for others. */
export function graphPart(realm: TypeContext, name: string, layout: RecordLayout): GraphPart | undefined {
  const { structs } = realm.schema;
  const isEdge = structs[name]!.edge !== undefined;
  if (!isEdge && layout.slots.length === 0) return undefined;
  const { chunks } = realm;
  // The edges' types are not all there yet, when this one is made.
  let bound: { own: readonly EdgeList[]; slots: readonly EdgeList[] } | undefined;
  const lists = () => {
    bound ??= {
      own: isEdge ? [edgeList(realm, name, 'out'), edgeList(realm, name, 'in')] : [],
      slots: layout.slots.map(({ edge, direction }) => edgeList(realm, edge, direction)),
    };
    return bound;
  };
  const of = (direction: Direction) =>
    function (this: LiveObject, edge?: string) {
      const found = lists().slots.filter((list) => {
        return list.direction === direction && (edge === undefined || list.edge === edge);
      });
      if (edge === undefined || found.length > 0) return new Edges(realm, this, found);
      throw new TypeError(
        `${name}: there are no edges "${edge}" that lead ${direction === 'out' ? 'from' : 'to'} it`,
      );
    };
  return {
    link: (place, directions = ['out', 'in']) => {
      for (const list of lists().own) if (directions.includes(list.direction)) link(chunks, list, place);
    },
    free: (place) => {
      for (const list of lists().slots) {
        const slot = { segment: place.segment, at: place.at + list.slot };
        const type = realm.struct(list.edge)!;
        for (let edge = edgeAt(chunks, list, slot); edge; edge = edgeAt(chunks, list, slot)) type.free(edge);
      }
      for (const list of lists().own) unlink(chunks, list, place, realm.cursors);
    },
    trace: ({ segment, at }, visit) => {
      const { own, slots } = lists();
      for (const list of slots) {
        const edge = edgeAt(chunks, list, { segment, at: at + list.slot });
        if (edge) visit(edge);
      }
      for (const list of own) {
        for (const { link } of [older, newer]) {
          const edge = edgeAt(chunks, list, { segment, at: at + list.links + link });
          if (edge) visit(edge);
        }
      }
    },
    verify: ({ segment, at }) => {
      chunks.heap.need(segment, at, chunkHeader + layout.size);
      for (const list of lists().slots) {
        const slot = { segment, at: at + list.slot };
        let count = 0;
        for (const edge of walk(chunks, list, slot, older)) {
          count++;
          const home = slotOf(chunks, list, edge);
          if (home.segment === segment && home.at === slot.at) continue;
          throw chunks.damaged('an edge of another node is among those of this one', segment.start + at);
        }
        if (count === countAt(slot)) continue;
        throw chunks.damaged(`a node counts ${countAt(slot)} edges and has ${count}`, segment.start + at);
      }
      for (const list of lists().own) {
        const next = edgeAt(chunks, list, { segment, at: at + list.links + newer.link });
        const back = next
          ? { segment: next.segment, at: next.at + list.links + older.link }
          : slotOf(chunks, list, { segment, at });
        const edge = edgeAt(chunks, list, back);
        if (edge?.segment === segment && edge.at === at) continue;
        throw chunks.damaged('an edge is not among those of its node', segment.start + at);
      }
    },
    methods: layout.slots.length > 0 ? { out: of('out'), in: of('in') } : {},
  };
}

/** What is the same for all edges of a kind, in the lists of the nodes that they lead from or to. */
function edgeList(realm: TypeContext, edge: string, direction: Direction): EdgeList {
  const end = direction === 'out' ? 'from' : 'to';
  const node = realm.schema.structs[edge]!.edge![end];
  const layout = placeRecord(realm.schema, edge);
  const slots = placeRecord(realm.schema, node).slots;
  return {
    edge,
    direction,
    nodes: realm.struct(node)!.accepts,
    tag: realm.tagOf(edge),
    size: layout.size,
    slot: chunkHeader + slots.find((slot) => slot.edge === edge && slot.direction === direction)!.offset,
    end: chunkHeader + layout.fields.find(({ name }) => name === end)!.offset,
    links: chunkHeader + layout.links + (direction === 'out' ? 0 : 16),
  };
}
