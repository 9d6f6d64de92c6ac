import { type Chunks, chunkHeader, type Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import type { LiveType } from '../live/live-type.js';
import { countBytes } from '../schema/counted-kinds.js';

interface Released extends Place {
  readonly serial: number;
  readonly epoch: number;
}

/**
 * How many references there are to what is counted. An object's count is 4 bytes, 8 before the end of its content. When it
 * falls to zero the object waits until nothing is halfway done, and is freed then; so a long chain of objects takes no
 * stack, and no collection loses its ground while it is being changed.
 */
export class Counts {
  readonly #chunks: Chunks;
  readonly #typeOf: (tag: number) => LiveType | undefined;
  readonly #released: Released[] = [];

  constructor(chunks: Chunks, typeOf: (tag: number) => LiveType | undefined) {
    this.#chunks = chunks;
    this.#typeOf = typeOf;
  }

  /** The count of an object. */
  get(place: Place): number {
    return place.segment.view.getUint32(this.#at(place), true);
  }

  set(place: Place, count: number): void {
    const at = this.#at(place);
    this.#chunks.heap.own(place.segment, at, countBytes);
    place.segment.view.setUint32(at, count, true);
  }

  /** There is one reference more. */
  retain(place: Place): void {
    this.set(place, this.get(place) + 1);
  }

  /** The reference at a place is about to go. What it leads to may be gone already. */
  release(segment: Segment, at: number): void {
    const granule = segment.view.getUint32(at, true);
    const serial = segment.view.getInt32(at + 4, true);
    const place = granule === 0 ? undefined : this.#chunks.find(granule, serial);
    if (!place || !this.#typeOf(tagOf(place))?.counted) return;
    const count = this.get(place);
    if (count === 0) throw this.#chunks.damaged('an object has more references than it counts', granule * 16);
    this.set(place, count - 1);
    if (count === 1) this.#released.push({ ...place, serial, epoch: segment.heap.epoch });
  }

  /** Frees what `release` left without references, and what only that referred to. Called when nothing is halfway done. */
  settle(): void {
    for (let next = this.#released.pop(); next; next = this.#released.pop()) {
      const { segment, at, serial, epoch } = next;
      // After an error in between, and a rollback, the object may be another one, or referred to again.
      if (epoch !== segment.heap.epoch || segment.view.getInt32(at + 4, true) !== serial) continue;
      if (this.get(next) === 0) this.#typeOf(tagOf(next))!.free(next);
    }
  }

  #at({ segment, at }: Place): number {
    const found = at + chunkHeader + segment.view.getUint32(at + 12, true) - countBytes;
    this.#chunks.heap.need(segment, found, countBytes);
    return found;
  }
}

function tagOf({ segment, at }: Place): number {
  return segment.view.getUint32(at, true);
}
