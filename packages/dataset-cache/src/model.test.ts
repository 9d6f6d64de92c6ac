import { type Driver, type Mode, memoryDriver } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Codec, DatasetFileCache, deflate } from './index.js';
import { walkCache } from './stranger.fixture.js';

const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const MiB = 1 << 20;
const key = (number: number) => ({ guid, revision: 1, level: 0, number });
const same = (a: Uint8Array, b: Uint8Array | undefined) => b !== undefined && Buffer.compare(a, b) === 0;
/** Some that deflate makes shorter, some that `halves` does, and some that neither can. */
const filled = (length: number, seed: number) => {
  let state = seed;
  return new Uint8Array(length).map((_, index) => {
    if (seed % 3 === 0) return index * seed + seed;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return seed % 3 === 1 && index % 2 ? 0 : state;
  });
};

/** Every other byte, when all the others are zeros: a codec that is right, and no good. */
const halves: Codec = {
  id: 300,
  name: 'halves',
  mode: 'sync',
  encode: (bytes) =>
    bytes.some((byte, at) => at % 2 === 1 && byte) ? bytes : bytes.filter((_, at) => at % 2 === 0),
  decode: (bytes, length) => new Uint8Array(length).map((_, at) => (at % 2 ? 0 : bytes[at / 2]!)),
};
const codecs = { none: undefined, deflate, halves };

const numbers = fc.nat(60);
/** Some of whole 64 KiB, which lie at multiples of that where they can. */
const lengths = fc.oneof(
  { weight: 4, arbitrary: fc.nat(60_000) },
  { weight: 1, arbitrary: fc.constantFrom(65_536, 131_072) },
);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('put' as const), number: numbers, length: lengths }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('get' as const), number: numbers }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('into' as const), number: numbers }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('view' as const), number: numbers }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('beside' as const), number: numbers }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), number: numbers }) },
  { weight: 1, arbitrary: fc.constant({ do: 'flush' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'refresh' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'clear' as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type CodecName = keyof typeof codecs;

/** What a cache may do is forget; what it may not is be wrong, or too large. A reader beside may also be late. */
async function follow(
  mode: Mode,
  name: CodecName,
  verifying: boolean,
  steps: readonly Step[],
): Promise<void> {
  const disk = memoryDriver();
  const driver = (mode === 'sync' ? disk : delayed(disk)) as Driver<Mode>;
  let now = 0;
  const options = { driver, codecs: [halves], now: () => (now += 500) };
  const codec = codecs[name];
  const open = () =>
    DatasetFileCache.createOrOpen('a', {
      ...options,
      maximumFileSize: MiB,
      batchBytes: 50_000,
      ...(codec && { codec }),
    });
  let cache = await open();
  const reader = await DatasetFileCache.open('a', { ...options, readOnly: true });
  const target = new Uint8Array(131_072);
  const model = new Map<number, Uint8Array>();
  /** Everything that a key ever had, which is what a reader may find. */
  const ever = new Map<number, Uint8Array[]>();
  let seed = 0;
  for (const each of steps) {
    let changed = true;
    if (each.do === 'put') {
      const bytes = filled(each.length, ++seed);
      await cache.put(key(each.number), bytes);
      model.set(each.number, bytes);
      ever.set(each.number, [...(ever.get(each.number) ?? []), bytes]);
      for (let time = 0; time < 2; time++) expect(same(bytes, await cache.get(key(each.number)))).toBe(true);
    } else if (each.do === 'get') {
      changed = false;
      const found = await cache.get(key(each.number));
      if (found) expect(same(found, model.get(each.number))).toBe(true);
      expect(await cache.has(key(each.number))).toBe(found !== undefined);
    } else if (each.do === 'into') {
      changed = false;
      const length = await cache.getInto(key(each.number), target);
      if (length !== undefined) expect(same(target.subarray(0, length), model.get(each.number))).toBe(true);
    } else if (each.do === 'view') {
      changed = false;
      const lease = await cache.view(key(each.number));
      if (lease) expect(same(lease.bytes, model.get(each.number))).toBe(true);
      lease?.release();
    } else if (each.do === 'beside') {
      changed = false;
      const lease = await reader.view(key(each.number));
      const found = [await reader.get(key(each.number)), lease?.bytes.slice()];
      for (const bytes of found) {
        if (bytes) expect(ever.get(each.number)?.some((value) => same(value, bytes))).toBe(true);
      }
    } else if (each.do === 'delete') {
      await cache.delete(key(each.number));
      model.delete(each.number);
      expect(await cache.has(key(each.number))).toBe(false);
      expect(await cache.get(key(each.number))).toBeUndefined();
    } else if (each.do === 'flush') {
      await cache.flush();
    } else if (each.do === 'refresh') {
      changed = false;
      await reader.refresh();
    } else if (each.do === 'clear') {
      await cache.clear();
      model.clear();
      expect(await cache.count()).toBe(0);
    } else {
      await cache.close();
      if (name !== 'halves') walkCache(disk.files.get('a')!.bytes.slice());
      cache = await open();
    }
    if (changed && verifying) expect(await cache.verify()).toEqual([]);
    expect(disk.files.get('a')!.size).toBeLessThanOrEqual(MiB);
  }
  expect(await cache.verify()).toEqual([]);
  expect((await reader.stat()).damaged).toBe(0);
  await cache.close();
  await reader.close();
}

describe('DatasetFileCache beside a model', () => {
  const names = fc.constantFrom<CodecName>('none', 'deflate', 'halves');
  const steps = fc.array(step, { minLength: 10, maxLength: 120 });
  const few = fc.array(step, { minLength: 10, maxLength: 40 });

  it('is never wrong and never too large, at once', async () => {
    await fc.assert(
      fc.asyncProperty(names, steps, (name, list) => follow('sync', name, false, list)),
      { numRuns: 150 },
    );
  });

  it('is never wrong and never too large, by promise', async () => {
    await fc.assert(
      fc.asyncProperty(names, steps, (name, list) => follow('async', name, false, list)),
      { numRuns: 50 },
    );
  });

  it('verifies after every change', async () => {
    await fc.assert(
      fc.asyncProperty(names, few, (name, list) => follow('sync', name, true, list)),
      { numRuns: 50 },
    );
  });
});
