import { type Driver, type MemoryDriver, memoryDriver } from '@terrane/driver';
import { crashing, makeRandom } from '@terrane/driver-kit';
import { describe, expect, it } from 'vitest';
import { DatasetFileCache, deflate } from './index.js';

const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const key = (number: number) => ({ guid, revision: 1, level: 0, number });
const MiB = 1 << 20;
const options = { maximumFileSize: MiB, batchBytes: 100_000, codec: deflate };

/** Loses power at a flush; what the disk then has is what it may have, in no order and torn anywhere. */
function failing(disk: MemoryDriver, atFlush: number, seed: number, guarantees = {}): Driver<'sync'> {
  return { ...disk, open: (spec) => crashing(disk.open(spec), { atFlush, seed, guarantees }) };
}

/** The bytes of a version of a value: some that deflate makes shorter, some that it cannot. */
function bytesAt(number: number, version: number): Uint8Array {
  let state = number * 1000 + version;
  const bytes = new Uint8Array(1 + ((number * 7919 + version * 104_729) % 9000));
  for (let at = 0; at < bytes.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = version % 2 ? state : state & 3;
  }
  return bytes;
}

/** Versions by number: what a cache holds, where nothing is evicted. */
type Content = ReadonlyMap<number, number>;

/** Changes until the power goes. @returns what was committed last, and what was about to be. */
function work(driver: Driver<'sync'>, seed: number): { committed: Content; next: Content; crashed: boolean } {
  const random = makeRandom(seed);
  let committed: Content = new Map();
  const content = new Map<number, number>();
  try {
    const cache = DatasetFileCache.open('a', { driver, batchBytes: 130_000, codec: deflate });
    for (let version = 1; version < 40; version++) {
      const number = random.below(12);
      if (random.below(4) > 0) {
        content.set(number, version);
        cache.put(key(number), bytesAt(number, version));
      } else {
        content.delete(number);
        cache.delete(key(number));
      }
      cache.get(key(random.below(12)));
      if (random.below(4) > 0) continue;
      cache.flush();
      committed = new Map(content);
    }
    cache.close();
    return { committed: content, next: content, crashed: false };
  } catch {
    return { committed, next: content, crashed: true };
  }
}

function holds(cache: DatasetFileCache<'sync'>, content: Content): boolean {
  for (let number = 0; number < 12; number++) {
    const version = content.get(number);
    const found = cache.get(key(number));
    if ((found === undefined) !== (version === undefined)) return false;
    if (found && Buffer.compare(found, bytesAt(number, version!)) !== 0) return false;
  }
  return true;
}

describe('a loss of power', () => {
  it('at any flush leaves a cache that opens and verifies, with all that was committed', () => {
    let crashes = 0;
    for (let atFlush = 1; atFlush < 60; atFlush++) {
      for (let seed = 0; seed < 3; seed++) {
        const disk = memoryDriver();
        DatasetFileCache.createOrOpen('a', { driver: disk, ...options }).close();
        const { committed, next, crashed } = work(failing(disk, atFlush, seed), atFlush % 7);
        if (!crashed) break;
        crashes++;
        const cache = DatasetFileCache.open('a', { driver: disk });
        expect(cache.verify()).toEqual([]);
        expect(holds(cache, committed) || holds(cache, next)).toBe(true);
        cache.close();
      }
    }
    expect(crashes).toBeGreaterThan(20);
  });

  it('while values are evicted leaves none that is wrong, and no file that is too long', () => {
    let crashes = 0;
    const known = Array.from({ length: 400 }, (_, number) => bytesAt(number, 1));
    for (let atFlush = 1; atFlush < 36; atFlush += 3) {
      const disk = memoryDriver();
      const make = (driver: Driver<'sync'>) => DatasetFileCache.createOrOpen('a', { driver, ...options });
      make(disk).close();
      const driver = failing(disk, atFlush, atFlush);
      try {
        const cache = make(driver);
        for (let number = 0; number < 400; number++) cache.put(key(number), known[number]!);
        cache.close();
      } catch {
        crashes++;
      }
      expect(disk.files.get('a')!.size).toBeLessThanOrEqual(MiB);
      const cache = make(disk);
      expect(cache.verify()).toEqual([]);
      for (let number = 0; number < 400; number++) {
        const found = cache.get(key(number));
        if (found) expect(Buffer.compare(found, known[number]!)).toBe(0);
      }
      cache.close();
    }
    expect(crashes).toBeGreaterThan(5);
  });

  it('while a cache is made, or made anew, leaves a file that can be made a cache', () => {
    // A header is smaller than what any disk writes at once.
    const guarantees = { atomicWriteBytes: 512 };
    for (let atFlush = 1; atFlush < 12; atFlush++) {
      for (let seed = 0; seed < 8; seed++) {
        const disk = memoryDriver();
        if (seed % 2) {
          const old = DatasetFileCache.createOrOpen('a', { driver: disk, maximumFileSize: 2 * MiB });
          for (let number = 0; number < 30; number++)
            old.put(key(number), new Uint8Array(50_000).fill(number));
          old.close();
        }
        try {
          const driver = failing(disk, atFlush, seed, guarantees);
          const cache = DatasetFileCache.createOrOpen('a', { driver, ...options });
          cache.put(key(1), bytesAt(1, 1));
          cache.close();
        } catch {
          // As it was meant to.
        }
        const cache = DatasetFileCache.createOrOpen('a', { driver: disk, ...options });
        expect(disk.files.get('a')!.size).toBeLessThanOrEqual(MiB);
        const found = cache.get(key(1));
        if (found) expect(Buffer.compare(found, bytesAt(1, 1))).toBe(0);
        expect(cache.get(key(2))).toBeUndefined();
        expect(cache.verify()).toEqual([]);
        cache.close();
      }
    }
  });
});
