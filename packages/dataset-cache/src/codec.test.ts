import { deflateSync, inflateSync } from 'node:zlib';
import { crc32 } from '@terrane/blocks';
import { memoryDriver } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deflateByStream, inflateByStream } from './deflate.js';
import { arrayDataset, type Codec, type CreateOptions, DatasetFileCache, deflate } from './index.js';
import { walkCache } from './stranger.fixture.js';

const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const key = (number: number) => ({ guid, revision: 1, level: 0, number });
const maximumFileSize = 1 << 20;
const ramp = (length: number) => Uint8Array.from({ length }, (_, index) => index >> 4);
/** A xorshift: nothing that deflate could make shorter. */
const noise = (length: number) => {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 255;
  });
};

const reversed: Codec = {
  id: 256,
  name: 'reversed',
  mode: 'sync',
  encode: (bytes) => bytes.slice(1).reverse(),
  decode: (bytes) => Uint8Array.of(7, ...bytes.slice().reverse()),
};

function make(options: Partial<CreateOptions<'sync'>> = {}) {
  const driver = memoryDriver();
  const open = (more: Partial<CreateOptions<'sync'>> = {}) =>
    DatasetFileCache.createOrOpen('a', { driver, maximumFileSize, ...options, ...more });
  return { driver, open, bytes: () => driver.files.get('a')!.bytes };
}

/** Changes the primary index's only entry in a file, and puts the node's checksum right: someone who knew what he did. */
function forge(bytes: Uint8Array, change: (entry: DataView) => void): void {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(
    Buffer.from(guid.replaceAll('-', ''), 'hex'),
  );
  // Of the two indexes' nodes, each with one entry after its header of 32 bytes, the one with entries of 72 bytes.
  for (let node = at - 32; node > 0; ) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + node, 4096);
    if (view.getUint32(24, true) === 72) {
      change(new DataView(bytes.buffer, bytes.byteOffset + node + 32, 72));
      view.setUint32(28, 0, true);
      view.setUint32(28, crc32(bytes.subarray(node, node + 4096)), true);
    }
    const rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    node = rest.indexOf(Buffer.from(guid.replaceAll('-', ''), 'hex'), node + 64) - 32;
  }
}

describe('codecs', () => {
  it('make what is stored shorter, and nothing else different', () => {
    const { open, bytes } = make({ codec: deflate });
    const cache = open();
    cache.put(key(1), ramp(50_000));
    cache.put(key(2), noise(5000));
    cache.put(key(3), new Uint8Array(0));
    const target = new Uint8Array(60_000);
    for (let time = 0; time < 3; time++) {
      expect(Buffer.compare(cache.get(key(1))!, ramp(50_000))).toBe(0);
      expect(cache.getInto(key(1), target)).toBe(50_000);
      expect(Buffer.compare(target.subarray(0, 50_000), ramp(50_000))).toBe(0);
      expect(() => cache.getInto(key(1), target.subarray(0, 49_999))).toThrow(RangeError);
      // Encoded, so not to be shown; there all the same, so no miss.
      expect(cache.view(key(1))).toBeUndefined();
      expect(Buffer.compare(cache.view(key(2))!.bytes, noise(5000))).toBe(0);
      expect(cache.get(key(3))).toEqual(new Uint8Array(0));
    }
    const { storedBytes, encodedBytes, misses, hitBytes } = cache.stat();
    expect({ storedBytes, misses, hitBytes }).toEqual({
      storedBytes: 55_000,
      misses: 0,
      hitBytes: 3 * (2 * 50_000 + 5000),
    });
    expect(encodedBytes).toBe(5000 + deflateSync(ramp(50_000)).length);
    expect(cache.verify()).toEqual([]);
    cache.close();
    const { values } = walkCache(bytes());
    expect(values.map(({ encoding }) => encoding)).toEqual([1, 0, 0]);
    expect(Buffer.compare(values[0]!.bytes, ramp(50_000))).toBe(0);
  });

  it('are chosen with every opening, and what others made is read all the same', () => {
    const { open, driver } = make();
    for (const [number, codec] of [undefined, deflate, reversed].entries()) {
      const cache = open({ ...(codec && { codec }) });
      cache.put(key(number), ramp(1000).fill(7, 0, 1));
      cache.close();
    }
    const know = DatasetFileCache.open('a', { driver, readOnly: true, codecs: [reversed] });
    for (let number = 0; number < 3; number++)
      expect(know.get(key(number))).toEqual(ramp(1000).fill(7, 0, 1));
    const strange = DatasetFileCache.open('a', { driver, readOnly: true });
    expect([0, 1, 2].map((number) => strange.get(key(number))?.length)).toEqual([1000, 1000, undefined]);
    expect(strange.has(key(2))).toBe(true);
    expect(strange.stat()).toMatchObject({ hits: 2, misses: 1, unknownEncodings: 1, damaged: 0 });
    expect(strange.verify()).toEqual([]);
    strange.close();
    know.close();
    // One who can write fetches it again, and stores it in a way that is known.
    const cache = open();
    const data = ramp(1000);
    const id = { guid, revision: 1 };
    const attached = cache.attach(arrayDataset({ data, shape: [3000 / 3] }, { id, chunkShape: [400] }));
    return attached.readChunk([2]).then((chunk) => {
      expect(chunk).toEqual(data.subarray(800));
      expect(cache.get(key(2))).toEqual(chunk);
      expect(cache.verify()).toEqual([]);
    });
  });

  it('that fail while reading are damage, and dropped with the next change', () => {
    const failing: Codec = {
      ...reversed,
      decode: () => {
        throw new Error('no');
      },
    };
    for (const decode of [failing.decode, () => new Uint8Array(5), () => 'text' as never]) {
      const { open } = make({ codec: { ...reversed, decode } });
      const cache = open();
      cache.put(key(1), ramp(100));
      for (let time = 0; time < 3; time++) expect(cache.get(key(1))).toBeUndefined();
      expect(cache.has(key(1))).toBe(false);
      expect(cache.stat()).toMatchObject({ damaged: 1, misses: 3 });
      expect(cache.count()).toBe(0);
      expect(cache.verify()).toEqual([]);
    }
  });

  it('that fail while storing fail the call, and nothing else', async () => {
    const encode = () => {
      throw new Error('no');
    };
    const cache = make({ codec: { ...reversed, encode } }).open();
    expect(() => cache.put(key(1), ramp(10))).toThrow('no');
    const dataset = arrayDataset({ data: ramp(100), shape: [100] }, { id: { guid, revision: 1 } });
    expect(await cache.attach(dataset).readChunk([0])).toEqual(ramp(100));
    expect(cache.stat()).toMatchObject({ failures: 1 });
    const slow = await DatasetFileCache.createOrOpen('a', {
      driver: delayed(memoryDriver()),
      maximumFileSize,
      codec: { ...reversed, mode: 'async', encode: () => Promise.reject(new Error('no, by promise')) },
    });
    await expect(slow.put(key(1), ramp(10))).rejects.toThrow('by promise');
    expect(await slow.verify()).toEqual([]);
  });

  it('make no more than the length that was stored, whatever a file says', () => {
    const { open, bytes } = make({ codec: deflate });
    for (const length of [0, 1, 9_999, 10_001, 2 ** 32 - 1]) {
      const cache = open();
      cache.clear();
      cache.put(key(1), new Uint8Array(10_000));
      cache.close();
      forge(bytes(), (entry) => entry.setUint32(68, length, true));
      const again = open();
      expect(again.get(key(1))).toBeUndefined();
      expect(again.stat()).toMatchObject({ damaged: 1 });
      again.close();
    }
  });

  it('are refused where they cannot work', () => {
    const { open } = make();
    const wrong = (codec: Partial<Codec>) => () => open({ codec: { ...reversed, ...codec } });
    for (const id of [0, 1, 255, 256.5, 2 ** 32, -1]) expect(wrong({ id })).toThrow(RangeError);
    expect(() => open({ codec: reversed, codecs: [{ ...reversed, name: 'other' }] })).toThrow(
      /both have the id 256/,
    );
    expect(wrong({ mode: 'async' })).toThrow(expect.objectContaining({ code: 'CACHE_CODEC' }));
    open({ codec: reversed, codecs: [reversed, deflate] }).close();
    // For reading it only means that its values are misses.
    open({ codecs: [{ ...reversed, mode: 'async' }] }).close();
  });

  it('by promise serve caches over asynchronous drivers', async () => {
    const codec: Codec = {
      id: 4_000_000_000,
      name: 'slow deflate',
      mode: 'async',
      encode: deflateByStream,
      decode: inflateByStream,
    };
    const driver = delayed(memoryDriver());
    const open = () => DatasetFileCache.createOrOpen('a', { driver, maximumFileSize, codec });
    const cache = await open();
    await Promise.all([1, 2, 3, 4].map((number) => cache.put(key(number), ramp(number * 1000))));
    await cache.close();
    const again = await open();
    for (const number of [1, 2, 3, 4]) expect(await again.get(key(number))).toEqual(ramp(number * 1000));
    expect(await again.verify()).toEqual([]);
    expect((await again.stat()).hits).toBe(4);
  });
});

describe('deflate', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is the same through the streams of browsers, in both directions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
        expect(new Uint8Array(inflateSync(await deflateByStream(bytes)))).toEqual(bytes);
        expect(await inflateByStream(new Uint8Array(deflateSync(bytes)), bytes.length)).toEqual(bytes);
      }),
      { numRuns: 30 },
    );
    await expect(inflateByStream(deflateSync(ramp(100_000)), 99_999)).rejects.toThrow(RangeError);
    await expect(inflateByStream(Uint8Array.of(1, 2, 3), 10)).rejects.toThrow();
    await expect(inflateByStream(deflateSync(ramp(1000)).subarray(0, 50), 1000)).rejects.toThrow();
  });

  it('answers by promise where there is no zlib', async () => {
    expect(deflate.mode).toBe('sync');
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    expect(deflate.mode).toBe('async');
    const encoded = await deflate.encode(ramp(1000));
    expect(await deflate.decode(encoded, 1000)).toEqual(ramp(1000));
    expect(() => make({ codec: deflate }).open()).toThrow(expect.objectContaining({ code: 'CACHE_CODEC' }));
    // A cache that cannot read such values says so.
    vi.restoreAllMocks();
    const { open } = make({ codec: deflate });
    const cache = open();
    cache.put(key(1), ramp(1000));
    cache.close();
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    const { codec: _, ...none } = { codec: deflate };
    const reader = open({ ...none, codec: undefined } as never);
    expect(reader.get(key(1))).toBeUndefined();
    expect(reader.stat()).toMatchObject({ unknownEncodings: 1 });
  });
});
