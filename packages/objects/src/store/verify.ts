import { isTerraneError } from '@terrane/errors';
import type { BlockHome } from '../heap/block-home.js';
import { isPartTag, tags } from '../heap/chunks.js';
import { pageBytes } from '../heap/segment.js';
import type { Realm } from '../realm/realm.js';
import { CheckedRealm } from './checked-realm.js';
import { countReferences, hasCounts } from './count-references.js';
import { type DanglingReference, danglingReferences } from './dangling.js';
import { mark } from './sweep.js';

/** Something in a store that is not as it should be. */
export interface StoreProblem {
  readonly message: string;
  /** Where: a byte of the heap, or of the file when `structure` is one of the block storage's. */
  readonly offset?: number;
  readonly structure?: string;
  /** Only a copy is out of date, which the next commit brings right. */
  readonly harmless?: true;
}

const tagNames = Object.fromEntries(Object.entries(tags).map(([name, tag]) => [tag, name]));

/** What {@link verifyStore} found. */
export interface Verified {
  readonly problems: readonly StoreProblem[];
  /** What nothing refers to: no damage, and `collect` frees it. Not known when there are problems. */
  readonly leaked?: { readonly chunks: number; readonly bytes: number };
  /** How many chunks of each type that are: structs and collections by name, and `text`, `elements`, `table` and the like. */
  readonly leakedTypes?: Readonly<Record<string, number>>;
  /**
   * References that `free` left behind, and the first thousand of them: no damage, but reading them is refused with
   * OBJ_FREED. Left out when there are none, or problems.
   */
  readonly dangling?: { readonly count: number; readonly first: readonly DanglingReference[] };
}

const mostDangling = 1000;

/** Reads all of the committed state from the file: the block storage, every page, every chunk, the free lists, all references, all values that could be none. */
export function verifyStore(realm: Realm, home: BlockHome): Verified {
  const problems: StoreProblem[] = [];
  const attempt = (work: () => void): boolean => {
    try {
      work();
      return true;
    } catch (error) {
      // That a writer in another process went on is no problem of the file.
      if (!isTerraneError(error) || error.code === 'BLK_OVERTAKEN') throw error;
      const { message, offset, structure } = error;
      problems.push({
        message,
        ...(offset !== undefined && { offset }),
        ...(structure !== undefined && { structure }),
      });
      return false;
    }
  };
  const isDamaged = () => problems.some(({ harmless }) => !harmless);
  attempt(() => problems.push(...home.verify()));
  const page = new Uint8Array(pageBytes);
  for (let number = 0; number < home.pages; number++) attempt(() => home.load(number, page));
  if (isDamaged()) return { problems };

  const { chunks } = realm;
  const values = new CheckedRealm(chunks, realm.schema);
  const found = { chunks: 0, bytes: 0 };
  const leaked = { chunks: 0, bytes: 0 };
  const leakedTypes: Record<string, number> = {};
  const free = new Set<number>();
  let marked: ReadonlySet<number> = new Set();
  attempt(() => {
    marked = mark(realm);
  });
  attempt(() => {
    for (const { segment, at, tag, granules } of chunks.walk()) {
      const address = segment.start + at;
      if (tag === tags.free) free.add(address);
      if (tag === tags.free || tag === tags.gap) continue;
      const isKnown = isPartTag(tag) || realm.typeOf(tag) !== undefined;
      if (!isKnown) problems.push({ message: `a chunk with tag ${tag}`, offset: address, structure: 'heap' });
      found.chunks++;
      found.bytes += 16 * granules;
      attempt(() => realm.typeOf(tag)?.verify?.({ segment, at }));
      if (marked.has(address)) {
        attempt(() => values.trace({ segment, at }, () => {}));
        continue;
      }
      const type = realm.typeOf(tag)?.name ?? tagNames[tag]!;
      leakedTypes[type] = (leakedTypes[type] ?? 0) + 1;
      leaked.chunks++;
      leaked.bytes += 16 * granules;
    }
  });
  const listed = new Set<number>();
  attempt(() => {
    for (const address of chunks.freeChunks()) {
      if (listed.has(address)) throw chunks.damaged('a free list leads back to itself', address);
      if (!free.has(address)) throw chunks.damaged('a free list leads to what is not free', address);
      listed.add(address);
    }
  });
  for (const address of free) {
    if (!listed.has(address))
      problems.push({ message: 'a free chunk is in no list', offset: address, structure: 'heap' });
  }
  attempt(() => realm.keeper.verify());
  if (hasCounts(realm)) {
    attempt(() => {
      const used = [...chunks.walk()].filter(({ tag }) => realm.typeOf(tag));
      for (const { place, count } of countReferences(realm, used).values()) {
        if (realm.counts.get(place) === count) continue;
        const address = place.segment.start + place.at;
        throw chunks.damaged(
          `an object counts ${realm.counts.get(place)} references and has ${count}`,
          address,
        );
      }
    });
  }
  const { figures } = chunks;
  if (figures.chunks !== found.chunks || figures.bytes !== found.bytes) {
    problems.push({
      message: `the heap counts ${figures.chunks} chunks and has ${found.chunks}`,
      offset: 40,
      structure: 'heap',
    });
  }
  if (isDamaged()) return { problems };
  const first: DanglingReference[] = [];
  let count = 0;
  // To find the way to each takes as long as all else.
  if (values.dangling > 0)
    attempt(() => {
      for (const each of danglingReferences(realm)) if (++count <= mostDangling) first.push(each);
    });
  if (isDamaged()) return { problems };
  const dangling = count > 0 && { dangling: { count, first } };
  return { problems, leaked, ...(leaked.chunks > 0 && { leakedTypes }), ...dangling };
}
