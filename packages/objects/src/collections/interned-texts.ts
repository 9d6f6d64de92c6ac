import { type Chunks, chunkHeader, internedAt, type Place, tags } from '../heap/chunks.js';
import { LiveObject } from '../live/live-object.js';
import type { Codec } from '../values/codec.js';
import { findOwned, textCodec } from '../values/text-codec.js';
import {
  deleteEntry,
  ensureEntry,
  entriesOf,
  type TableParts,
  tableContent,
  tableOf,
  tableParts,
} from './table.js';

/** Keys that have a chunk each, the empty text too. */
function internedKey(chunks: Chunks): Codec {
  const { key } = textCodec(chunks, false);
  return { ...textCodec(chunks, true), key: key! };
}

/**
 * The registry of a store's interned texts: a set of texts of its own, which the heap's header refers to. It keeps none of
 * them alive: a collection takes out what nothing else refers to.
 */
export class InternedTexts {
  readonly #chunks: Chunks;
  readonly #parts: TableParts;

  constructor(chunks: Chunks) {
    this.#chunks = chunks;
    this.#parts = tableParts(chunks, internedKey(chunks), undefined, 'interned texts');
  }

  /** The one chunk of a text, made when it is new. */
  intern(text: string): Place {
    const { place } = ensureEntry(this.#parts, this.#registry() ?? this.#make(), text);
    return this.#textAt(place);
  }

  /** Shows the chunks of the registry, but not the texts. */
  trace(visit: (place: Place) => void): void {
    const registry = this.#holder();
    if (!registry) return;
    visit(registry);
    const table = tableOf(this.#parts, registry.segment, registry.at + chunkHeader);
    if (table) visit({ segment: table.segment, at: table.at - chunkHeader });
  }

  /** Takes out, and frees, the texts that are not to be kept. */
  prune(isKept: (place: Place) => boolean): void {
    const registry = this.#registry();
    if (!registry) return;
    const lost: string[] = [];
    for (const { segment, at } of entriesOf(this.#parts, registry)) {
      if (!isKept(this.#textAt({ segment, at }))) lost.push(this.#parts.key.get(segment, at + 8) as string);
    }
    for (const text of lost) deleteEntry(this.#parts, registry, text);
  }

  #textAt({ segment, at }: Place): Place {
    const { chunks } = this.#parts;
    const granule = segment.view.getUint32(at + 8, true);
    const place =
      granule === 0 ? undefined : findOwned(chunks, granule, segment.view.getInt32(at + 12, true), tags.text);
    if (place) return place;
    throw chunks.damaged('the registry of texts leads to none', segment.start + at);
  }

  #holder(): Place | undefined {
    const chunks = this.#chunks;
    const { granule, serial } = chunks.readRoot(internedAt);
    if (granule === 0) return undefined;
    const place = chunks.find(granule, serial, tableContent);
    if (place && place.segment.view.getUint32(place.at, true) === tags.registry) return place;
    throw chunks.damaged('the registry of texts is gone', internedAt);
  }

  #registry(): LiveObject | undefined {
    const place = this.#holder();
    return place && new LiveObject(place.segment, place.at, place.segment.view.getInt32(place.at + 4, true));
  }

  #make(): LiveObject {
    const place = this.#chunks.allocate(tags.registry, tableContent);
    this.#chunks.writeRoot(internedAt, place);
    return this.#registry()!;
  }
}
