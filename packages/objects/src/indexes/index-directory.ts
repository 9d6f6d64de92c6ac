import { treeHead } from '../collections/tree-path.js';
import { type Chunks, chunkHeader, indexesAt, type Place, tags } from '../heap/chunks.js';

/*
 * The directory of indexes, a chunk with tag 10 that the heap's header refers to: 16 bytes for each, the head of its tree.
 * The indexes of structs come first, in the order of the schema; then one for each kind of list that is ordered by a field, in
 * the order of their tags. A schema without any has no directory.
 */

/** Where the heads of the trees are that the store keeps for itself. */
export class IndexDirectory {
  readonly #chunks: Chunks;
  readonly #count: number;

  constructor(chunks: Chunks, count: number) {
    this.#chunks = chunks;
    this.#count = count;
  }

  /** Makes the directory of a new heap. */
  create(): void {
    if (this.#count > 0)
      this.#chunks.writeRoot(indexesAt, this.#chunks.allocate(tags.indexes, this.#count * treeHead));
  }

  /** Where the head of a tree is. @throws OBJ_DAMAGED */
  head(index: number): Place {
    const { segment, at } = this.place()!;
    return { segment, at: at + chunkHeader + index * treeHead };
  }

  /** The chunk, or nothing when there are no indexes. @throws OBJ_DAMAGED */
  place(): Place | undefined {
    if (this.#count === 0) return undefined;
    const { granule, serial } = this.#chunks.readRoot(indexesAt);
    const place = this.#chunks.find(granule, serial, this.#count * treeHead);
    if (place && place.segment.view.getUint32(place.at, true) === tags.indexes) return place;
    throw this.#chunks.damaged('the directory of indexes is gone', indexesAt, 'indexes');
  }
}
