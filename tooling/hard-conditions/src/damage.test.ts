import { BlockStorage } from '@terrane/blocks';
import { type Dataset, DatasetFileCache } from '@terrane/dataset-cache';
import { MemoryFile, MemoryStore, memoryDriver } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import { codeOf } from './code-of.fixture.js';
import { guid, keyOf } from './subjects.fixture.js';

const maximumFileSize = 1 << 20;
const chunks = 40;

/** Small values, so that every page of the file gets its turn. */
const smallOf = (number: number) => new Uint8Array(200 + number * 11).map((_, at) => number * 31 + at * 7);
const values = Array.from({ length: chunks + 5 }, (_, number) => smallOf(number));
const isRight = (bytes: Uint8Array, number: number) => Buffer.compare(bytes, values[number]!) === 0;

/** A cache file with values, and with what was freed. */
function cacheFile(): Uint8Array {
  const driver = memoryDriver();
  const cache = DatasetFileCache.createOrOpen('a', { driver, maximumFileSize, batchBytes: 1 << 16 });
  for (const [number, value] of values.entries()) cache.put(keyOf(number), value);
  cache.flush();
  for (let number = chunks; number < chunks + 5; number++) cache.delete(keyOf(number));
  cache.flush();
  for (let number = 0; number < 5; number++) cache.put(keyOf(number), values[number]!);
  cache.close();
  return driver.files.get('a')!.bytes.slice();
}

/** All chunks through a cache, those that are not there from the source. @returns how many were there. */
async function readThrough(cache: DatasetFileCache<'sync'>): Promise<number> {
  let asked = 0;
  const dataset: Dataset = {
    id: { guid, revision: 1 },
    shape: [chunks],
    sampleType: 'uint8',
    chunkShape: [1],
    readChunk: async ([number]) => {
      asked++;
      return values[number!]!.slice();
    },
  };
  const attached = cache.attach(dataset);
  for (let number = 0; number < chunks; number++) {
    if (!isRight(await attached.readChunk([number]), number)) throw new Error(`chunk ${number} is wrong`);
    const direct = cache.get(keyOf(number));
    if (direct && !isRight(direct, number)) throw new Error(`value ${number} is wrong`);
  }
  return chunks - asked;
}

/** What nobody may write over. */
const notOurs = ['CACHE_NOT_A_CACHE', 'CACHE_TOO_NEW', 'BLK_TOO_NEW'];

/**
 * Looks at a file read-only, for writing, and once more after it was written on.
 *
 * @returns for the first two: how many chunks were there, or the code of the refusal.
 */
async function outcomeOf(image: Uint8Array): Promise<unknown[]> {
  const seen: unknown[] = [];
  const reading = memoryDriver({ a: image.slice() });
  let cache: DatasetFileCache<'sync'> | undefined;
  const refused = codeOf(() => {
    cache = DatasetFileCache.open('a', { driver: reading, readOnly: true });
  });
  if (refused) expect([...notOurs, 'CACHE_DAMAGED']).toContain(refused);
  seen.push(refused ?? (await readThrough(cache!)));
  cache?.close();
  expect(Buffer.compare(reading.files.get('a')!.bytes, image)).toBe(0);

  const driver = memoryDriver({ a: image.slice() });
  const file = driver.files.get('a')!;
  const open = () => DatasetFileCache.createOrOpen('a', { driver, maximumFileSize });
  const left = codeOf(() => {
    cache = open();
  });
  if (left) {
    expect(notOurs).toContain(left);
    expect(Buffer.compare(file.bytes, image)).toBe(0);
    return [...seen, left];
  }
  seen.push(await readThrough(cache!));
  // A page that cannot be read may fail a commit; the next one finds the last state all the same.
  codeOf(() => cache!.close());
  expect(file.size).toBeLessThanOrEqual(maximumFileSize);
  const next = open();
  await readThrough(next);
  codeOf(() => next.close());
  return seen;
}

describe('a damaged cache file', () => {
  const image = cacheFile();

  it('gives right bytes, a miss or a typed error, whichever byte of its headers is wrong', async () => {
    const outcomes = new Map<unknown, number>();
    for (let at = 0; at < 96; at++) {
      const damaged = image.slice();
      damaged[at]! ^= 1 << (at % 8);
      const [, writing] = await outcomeOf(damaged);
      outcomes.set(writing, (outcomes.get(writing) ?? 0) + 1);
    }
    // The two magics, the two versions, the copies of the roots; what is reserved makes it another one.
    expect([...outcomes.keys()].map(String).sort()).toEqual([
      '0',
      '40',
      'BLK_TOO_NEW',
      'CACHE_NOT_A_CACHE',
      'CACHE_TOO_NEW',
    ]);
    expect(outcomes.get('CACHE_NOT_A_CACHE')).toBe(8);
  });

  it('gives right bytes, a miss or a typed error, whichever page has a wrong bit', async () => {
    const found: unknown[] = [];
    for (let page = 96; page < image.length; page += 512) {
      const damaged = image.slice();
      const at = Math.min(image.length - 1, page + ((page / 32) % 512));
      damaged[at]! ^= 1 << (at % 8);
      const [reading, writing] = await outcomeOf(damaged);
      expect(reading).toEqual(expect.any(Number));
      expect(writing).toEqual(expect.any(Number));
      found.push(reading);
    }
    expect(found.length).toBeGreaterThan(100);
    expect(found.filter((count) => count === chunks - 1).length).toBeGreaterThan(20);
    expect(found.filter((count) => count === chunks).length).toBeGreaterThan(20);
  });

  it('gives right bytes, a miss or a typed error, wherever it is cut', async () => {
    for (let length = 0; length < image.length; length += length < 9000 ? 300 : 1500) {
      const [reading, writing] = await outcomeOf(image.slice(0, length));
      if (length > 8 + 64 + 8192) expect(reading).toEqual(expect.any(Number));
      expect(writing).toEqual(expect.any(Number));
    }
  });

  it('is left alone when it is something else, or of a later version', async () => {
    const changed = (at: number, bytes: readonly number[]) => {
      const other = image.slice();
      other.set(bytes, at);
      return other;
    };
    const strangers: [Uint8Array, string][] = [
      [new TextEncoder().encode('%PDF-1.7 …'.repeat(100)), 'CACHE_NOT_A_CACHE'],
      [image.slice(64), 'CACHE_NOT_A_CACHE'],
      [new Uint8Array(100_000), 'CACHE_NOT_A_CACHE'],
      [changed(0, [0x89, 0x48, 0x44, 0x46]), 'CACHE_NOT_A_CACHE'],
      [changed(8, [2, 0]), 'CACHE_TOO_NEW'],
      [changed(8, [0xff, 0x7f]), 'CACHE_TOO_NEW'],
      [changed(64 + 8, [2, 0]), 'BLK_TOO_NEW'],
    ];
    for (const [bytes, code] of strangers) expect(await outcomeOf(bytes)).toEqual([code, code]);
  });
});

describe('a damaged block storage', () => {
  const store = new MemoryStore();
  const storage = BlockStorage.create(new MemoryFile(store, 'whole', true));
  const contents = new Map<number, number>();
  for (let turn = 0; turn < 4; turn++) {
    storage.beginWrite();
    for (let count = 0; count < 200; count++) {
      const id = storage.allocate(64);
      storage.write(id, new Uint8Array(64).fill(id));
      contents.set(id, id & 255);
    }
    for (const id of [...contents.keys()].filter((each) => each % (turn + 5) === 0)) {
      storage.free(id);
      contents.delete(id);
    }
    storage.end();
  }
  const own = storage.blocks().filter(({ kind }) => !['block', 'free', 'resting'].includes(kind));
  const image = store.bytes.slice();

  /** After repair: clean, and every block that is there as it was. @returns how many are there. */
  function repaired(damaged: Uint8Array): number | string {
    const file = new MemoryFile(new MemoryStore(damaged), 'damaged', true);
    const code = codeOf(() => BlockStorage.repair(file));
    if (code) {
      expect(code).toMatch(/^BLK_(DAMAGED|NOT_A_STORAGE|TOO_NEW)$/);
      return String(code);
    }
    const again = BlockStorage.open(file);
    expect(again.verify()).toEqual([]);
    let found = 0;
    for (const [id, value] of contents) {
      if (!again.has(id)) continue;
      expect(again.read(id)).toEqual(new Uint8Array(64).fill(value));
      found++;
    }
    again.transaction(() => again.write(again.allocate(5000), new Uint8Array(5000)));
    expect(again.verify()).toEqual([]);
    return found;
  }

  it('is repaired after a wrong bit in any of its structures, and what is left is right', () => {
    const counts: (number | string)[] = [];
    for (const { start, size } of own) {
      for (let at = start; at < start + size; at += 2039) {
        const damaged = image.slice();
        damaged[at]! ^= 1 << (at % 8);
        counts.push(repaired(damaged));
      }
    }
    expect(counts.length).toBeGreaterThan(20);
    expect(counts.filter((count) => count === contents.size).length).toBeGreaterThan(5);
  });

  it('is repaired wherever it was cut, or says why not', () => {
    for (let length = 0; length < image.length; length += 2500) {
      const outcome = repaired(image.slice(0, length));
      if (length < 8192) expect([0, 'BLK_NOT_A_STORAGE', 'BLK_DAMAGED']).toContain(outcome);
    }
  });
});
