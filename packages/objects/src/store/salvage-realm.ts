import { isTerraneError } from '@terrane/errors';
import { PersistentBuffer } from '../collections/buffer.js';
import { memoryView } from '../collections/memory-view.js';
import type { Edges } from '../graph/edges.js';
import { type Chunks, chunkHeader, firstObjectTag, type Place } from '../heap/chunks.js';
import type { SalvageHome } from '../heap/salvage-home.js';
import type { Segment } from '../heap/segment.js';
import { addressOf, LiveObject } from '../live/live-object.js';
import { Realm } from '../realm/realm.js';
import type { Direction } from '../schema/graph-rules.js';
import { hasDefault } from '../schema/kind-rules.js';
import type { Kind } from '../schema/kinds.js';
import { placeRecord } from '../schema/place-fields.js';
import { kindKey } from '../schema/plain-kind.js';
import type { Schema } from '../schema/schema.js';
import type { Codec } from '../values/codec.js';
import { lost } from './lost.js';

/** Something that could not be read. */
export interface Loss {
  readonly message: string;
  /** The byte of the heap where it was noticed. */
  readonly offset?: number;
}

const mostLosses = 1000;

/** The types of a store that is damaged: what cannot be read reads as {@link lost}, and so do objects that need it. */
export class SalvageRealm extends Realm {
  /** What was noticed, up to a thousand of it. */
  readonly losses: Loss[] = [];
  readonly #tolerant = new Map<string, Codec>();
  /** Addresses of objects that cannot be taken over: they, or something that they cannot do without, are gone. */
  #unsound: ReadonlySet<number> = new Set();
  #root: Place | undefined;
  readonly #home: SalvageHome;
  readonly #edges: Place[] = [];
  readonly #nodes: Place[] = [];

  constructor(chunks: Chunks, schema: Schema, home: SalvageHome) {
    super(chunks, schema);
    this.#home = home;
  }

  override codec(kind: Kind): Codec {
    const key = kindKey(kind);
    const known = this.#tolerant.get(key);
    if (known) return known;
    const inner = kind.kind === 'optional' ? kind.of : kind;
    const isOwned = inner.kind === 'text' || inner.kind === 'interned' || inner.kind === 'bytes';
    const made = this.#tolerate(super.codec(kind), isOwned);
    this.#tolerant.set(key, made);
    return made;
  }

  /** Notes damage; what is none is thrown again. */
  readonly lose = (error: unknown): void => {
    if (!isTerraneError(error)) throw error;
    const { message, offset } = error;
    if (this.losses.length < mostLosses)
      this.losses.push({ message, ...(offset !== undefined && { offset }) });
  };

  /** The root, if it can be taken over. */
  root(): Place | undefined {
    return this.#root && this.#isSound(this.#root) ? this.#root : undefined;
  }

  /**
   * The edges that can be taken over, in an order that is that of each list in this direction which is whole; of the others it
   * is, as far as a copy of the store did not change that, the order in which they were made.
   */
  edges(direction: Direction): Place[] {
    const sound = this.#edges.filter((edge) => this.#isSound(edge));
    const left = new Map(
      sound.sort((a, b) => serialOf(a) - serialOf(b)).map((edge) => [addressAt(edge), edge]),
    );
    const ordered: Place[] = [];
    for (const address of this.#nodes.flatMap((node) => this.#listed(node, direction))) {
      const edge = left.get(address);
      if (edge) ordered.push(edge);
      left.delete(address);
    }
    return [...ordered, ...left.values()];
  }

  /** The addresses of the edges in those lists of a node that are whole, the oldest first. */
  #listed(place: Place, direction: Direction): number[] {
    const { name } = this.typeOf(place.segment.view.getUint32(place.at, true))!;
    const slots = placeRecord(this.schema, name).slots.filter((slot) => slot.direction === direction);
    return slots.flatMap(({ edge }) => {
      try {
        const node = this.open(place) as unknown as Record<Direction, (edge: string) => Edges<LiveObject>>;
        const edges = node[direction](edge);
        const found = Array.from(edges.oldestFirst(), addressOf);
        return found.length === edges.count ? found : [];
      } catch (error) {
        this.lose(error);
        return [];
      }
    });
  }

  /** Looks at all that can be reached from a root, and finds out which objects cannot be taken over. @returns how many those are. */
  judge(root: Place): number {
    this.#root = root;
    const unsound = new Set<number>();
    const neededBy = new Map<number, number[]>();
    const work: Place[] = [];
    const met = new Set<number>();
    const meet = (place: Place) => {
      const address = place.segment.start + place.at;
      if (met.has(address)) return;
      met.add(address);
      if (place.segment.view.getUint32(place.at, true) >= firstObjectTag) work.push(place);
    };
    meet(root);
    for (let place = work.pop(); place; place = work.pop()) {
      const address = place.segment.start + place.at;
      for (const needed of this.#needs(place)) {
        if (needed === lost) unsound.add(address);
        else neededBy.set(needed, [...(neededBy.get(needed) ?? []), address]);
      }
      try {
        this.trace(place, meet);
      } catch (error) {
        this.lose(error);
      }
    }
    // What needs something that is lost is lost, too.
    const spreading = [...unsound];
    for (let address = spreading.pop(); address !== undefined; address = spreading.pop()) {
      for (const owner of neededBy.get(address) ?? []) {
        if (unsound.has(owner)) continue;
        unsound.add(owner);
        spreading.push(owner);
      }
    }
    this.#unsound = unsound;
    return unsound.size;
  }

  #isSound(place: Place): boolean {
    return !this.#unsound.has(place.segment.start + place.at);
  }

  /** The addresses of what an object cannot do without; `lost` for what is gone, itself included. */
  #needs(place: Place): (number | typeof lost)[] {
    try {
      const object = this.open(place);
      if (object instanceof PersistentBuffer) memoryView(object).release();
      const name = this.typeOf(place.segment.view.getUint32(place.at, true))!.name;
      if (!Object.hasOwn(this.schema.structs, name)) return [];
      // Half a record would have values that nobody gave it. Only the root is better than none.
      const layout = placeRecord(this.schema, name);
      const torn = this.#home.lacks(place.segment.start + place.at, chunkHeader + layout.size);
      if (torn && name !== 'Root') return [lost];
      if (this.schema.structs[name]!.edge) this.#edges.push(place);
      if (layout.slots.length > 0) this.#nodes.push(place);
      return layout.fields
        .filter(({ kind }) => !hasDefault(kind))
        .flatMap(({ kind, offset }): (number | typeof lost)[] => {
          const value = this.codec(kind).get(place.segment, place.at + chunkHeader + offset);
          if (value instanceof LiveObject) return [addressOf(value)];
          // Of a union, the value may be there itself.
          return value === lost ? [lost] : [];
        });
    } catch (error) {
      this.lose(error);
      return [lost];
    }
  }

  /** Whether a text or bytes lie on pages that are lost: what is left of them would be something else. */
  #isTorn(segment: Segment, at: number): boolean {
    const granule = segment.view.getUint32(at, true);
    const place = granule === 0 ? undefined : this.chunks.find(granule, segment.view.getInt32(at + 4, true));
    if (!place) return false;
    const length = chunkHeader + place.segment.view.getUint32(place.at + 12, true);
    return this.#home.lacks(place.segment.start + place.at, length);
  }

  #tolerate(codec: Codec, isOwned: boolean): Codec {
    const { trace } = codec;
    return {
      ...codec,
      get: (segment, at) => {
        try {
          const value = codec.get(segment, at);
          if (isOwned && this.#isTorn(segment, at)) return lost;
          return value instanceof LiveObject && this.#unsound.has(addressOf(value)) ? lost : value;
        } catch (error) {
          this.lose(error);
          return lost;
        }
      },
      ...(trace && {
        trace: (segment, at, visit) => {
          try {
            trace(segment, at, visit);
          } catch (error) {
            this.lose(error);
          }
        },
      }),
    };
  }
}

function addressAt({ segment, at }: Place): number {
  return segment.start + at;
}

function serialOf({ segment, at }: Place): number {
  return segment.view.getInt32(at + 4, true);
}
