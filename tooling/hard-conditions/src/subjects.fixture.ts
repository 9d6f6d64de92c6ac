import { BlockStorage } from '@terrane/blocks';
import { type Dataset, DatasetFileCache } from '@terrane/dataset-cache';
import { type Driver, type OpenMode, openWith, type Resources } from '@terrane/driver';
import { defineSchema, list, map, ObjectStore, struct, text, uint32 } from '@terrane/objects';

/*
 * What is put under hard conditions: a block storage, a dataset cache and an object store, each with content that
 * follows from a number, the round. Runs in browsers, too.
 */

/** Where a file is, and by which driver. */
export interface Place {
  readonly driver: Driver<'sync'>;
  readonly name: string;
  readonly resources?: Resources;
}

/** An open file of one of the three kinds. */
export interface Opened {
  /** Writes what belongs to that round, and commits. */
  commit(round: number): void;
  /** Begins to write, where that is not so already for as long as it is open. */
  hold(): void;
  /** Checks every byte. @returns the round that was committed last. @throws Error for whatever is wrong. */
  check(): number;
  close(): void;
}

/** One of the three kinds of files. */
export interface Subject {
  make(place: Place): Opened;
  open(place: Place, mode: 'r' | 'r+'): Opened;
}

export const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
export const maximumFileSize: number = 4 << 20;
export const keyOf = (number: number) => ({ guid, revision: 1, level: 0, number });

/** Bytes whose number and values follow from a seed. */
export function bytesOf(seed: number): Uint8Array {
  const bytes = new Uint8Array(1 + ((seed * 7919) % 30_000));
  for (let at = 0; at < bytes.length; at++) bytes[at] = (seed * 31 + at * 7 + (at >> 8)) & 255;
  return bytes;
}

export const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);

/** A dataset of such bytes: chunk by chunk, from 0 on. */
export function source(chunks: number, asked?: (number: number) => void): Dataset {
  return {
    id: { guid, revision: 1 },
    shape: [chunks],
    sampleType: 'uint8',
    chunkShape: [1],
    readChunk: async ([number]) => {
      asked?.(number!);
      return bytesOf(number!);
    },
  };
}

const fileOf = ({ driver, name, resources }: Place, mode: OpenMode) =>
  openWith(driver, { name, mode }, resources);

function need(right: boolean, what: string): void {
  if (!right) throw new Error(what);
}

/** Block 1 tells how many rounds there were; every round has blocks that stay, and changes ten that are always there. */
const kept = 10;
const perRound = 3;

function overBlocks(storage: BlockStorage<'sync'>): Opened {
  const state = () => new DataView(storage.read(1).buffer);
  return {
    commit(round) {
      storage.transaction(() => {
        for (let slot = 0; slot < kept; slot++) {
          const bytes = bytesOf(round + slot);
          storage.resize(2 + slot, bytes.length);
          storage.write(2 + slot, bytes);
        }
        const first = storage.allocateNext(0);
        for (let each = 0; each < perRound; each++) {
          const bytes = bytesOf(round * perRound + each);
          storage.write(storage.allocate(bytes.length), bytes);
        }
        const entry = new Uint8Array(12 + 8 * round);
        entry.set(storage.read(1));
        new DataView(entry.buffer).setUint32(0, round);
        new DataView(entry.buffer).setUint32(8 * round, first);
        storage.resize(1, entry.length);
        storage.write(1, entry);
      });
    },
    hold: () => storage.beginWrite(),
    check() {
      storage.begin();
      const round = state().getUint32(0);
      for (let slot = 0; slot < kept && round > 0; slot++) {
        need(same(storage.read(2 + slot), bytesOf(round + slot)), `kept block ${slot} of round ${round}`);
      }
      for (let each = 1; each <= round; each++) {
        const first = state().getUint32(8 * each);
        for (let which = 0; which < perRound; which++) {
          const right = same(storage.read(first + which), bytesOf(each * perRound + which));
          need(right, `block ${first + which} of round ${each}, at round ${round}`);
        }
      }
      const problems = storage.verify().filter(({ harmless }) => !harmless);
      need(problems.length === 0, JSON.stringify(problems));
      storage.end();
      return round;
    },
    close: () => storage.close(),
  };
}

const blocks: Subject = {
  make(place) {
    const storage = BlockStorage.create(fileOf(place, 'w'), { offset: 64 });
    storage.transaction(() => {
      storage.write(storage.allocate(12), new Uint8Array(12));
      for (let slot = 0; slot < kept; slot++) storage.allocate(0);
    });
    return overBlocks(storage);
  },
  open: (place, mode) => overBlocks(BlockStorage.open(fileOf(place, mode), { offset: 64 })),
};

/** Five values a round; eviction takes the oldest, so that those of the last rounds are always there. */
const values = 5;

function overCache(cache: DatasetFileCache<'sync'>): Opened {
  return {
    commit(round) {
      for (let each = 0; each < values; each++) {
        const number = round * values + each;
        cache.put(keyOf(number), bytesOf(number));
      }
      cache.flush();
    },
    hold: () => {},
    check() {
      cache.refresh();
      const problems = cache.verify();
      need(problems.length === 0, problems.join('; '));
      const count = cache.count();
      let [found, last] = [0, -1];
      for (let number = 0; found < count && number < 1_000_000; number++) {
        const bytes = cache.get(keyOf(number));
        if (!bytes) continue;
        need(same(bytes, bytesOf(number)), `value ${number}`);
        found++;
        last = number;
      }
      // Puts of a round that was not flushed may have been committed by the way.
      const round = Math.floor((last + 1) / values) - 1;
      for (let number = Math.max(values, last - 20); number <= last; number++) {
        need(cache.has(keyOf(number)), `value ${number} is gone, and ${last} is there`);
      }
      need(cache.stat().damaged === 0, 'damaged values');
      return Math.max(0, round);
    },
    close: () => cache.close(),
  };
}

/** A place as the options of a cache, whose reading leaves nothing to write, however slow the machine is. */
export const settings = ({ driver, resources }: Place) => ({
  driver,
  lastUsedGranularity: 1e9,
  ...(resources && { resources }),
});

const cache: Subject = {
  make: (place) =>
    overCache(DatasetFileCache.createOrOpen(place.name, { ...settings(place), maximumFileSize })),
  open: (place, mode) =>
    overCache(DatasetFileCache.open(place.name, { ...settings(place), readOnly: mode === 'r' })),
};

export const schema = defineSchema({
  Root: struct({ round: uint32(), copies: list(uint32()), names: map(text(), text()) }),
});

const keptText = (round: number) => `${round},`.repeat((round * 7919) % 8000);

function overObjects(store: ObjectStore<typeof schema.structs>): Opened {
  return {
    commit(round) {
      try {
        const { root } = store;
        root.round = round;
        root.copies.clear();
        for (let each = 0; each < (round * 37) % 3000; each++) root.copies.push(round);
        for (let each = 0; each < 20; each++)
          root.names.set(`name ${each} ${round % 50}`, `${round} `.repeat(each));
        root.names.set(`kept ${round}`, keptText(round));
        store.commit();
      } catch (error) {
        store.rollback();
        throw error;
      }
    },
    hold: () => {},
    check() {
      store.refresh();
      const { round, copies, names } = store.root;
      const shown = [...copies];
      need(
        shown.length === (round * 37) % 3000 && shown.every((copy) => copy === round),
        `copies of ${round}`,
      );
      for (let old = Math.max(1, round - 49); old <= round; old++) {
        for (let each = 0; each < 20; each++) {
          need(names.get(`name ${each} ${old % 50}`) === `${old} `.repeat(each), `name ${each} of ${old}`);
        }
      }
      for (let old = 1; old <= round; old++) {
        need(names.get(`kept ${old}`) === keptText(old), `the text of round ${old} at ${round}`);
      }
      const { problems } = store.verify();
      const real = problems.filter(({ harmless }) => !harmless);
      need(real.length === 0, JSON.stringify(real));
      return round;
    },
    close: () => store.close(),
  };
}

const objects: Subject = {
  make: (place) => overObjects(ObjectStore.open(fileOf(place, 'w'), schema)),
  open: (place, mode) =>
    overObjects(ObjectStore.open(fileOf(place, mode), schema, { readOnly: mode === 'r' })),
};

/** The three, by name. */
export const subjects: Record<'blocks' | 'cache' | 'objects', Subject> = { blocks, cache, objects };
