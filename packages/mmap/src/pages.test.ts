import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scratchFolder } from './child.fixture.js';
import { type Advice, map, mapAnonymous, pageSize, supportedAdvice } from './index.js';

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const fileOf = (bytes: Uint8Array | string): string => {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, bytes);
  return path;
};
const coded = (code: string) => expect.objectContaining({ code });

describe.each(['mapped', 'copied'] as const)('the bytes of a %s file', (kind) => {
  it('reach the file when flushed, and when closed', async () => {
    const path = fileOf(new Uint8Array(20_000));
    const mapping = map(path, { kind, mode: 'read-write', offset: 4100 });
    mapping.bytes.set([1, 2, 3], 100);
    mapping.flush(100, 3);
    expect([...readFileSync(path).subarray(4200, 4203)]).toEqual([1, 2, 3]);
    mapping.write(10_000, Uint8Array.of(4));
    await mapping.flushAsync();
    mapping.bytes[15_899] = 6;
    mapping.flush(0, mapping.length, { wait: false });
    mapping.bytes[0] = 5;
    mapping.close();
    const after = readFileSync(path);
    expect([after[4100], after[14_100], after[19_999]]).toEqual([5, 4, 6]);
    expect(after).toHaveLength(20_000);
  });

  it('stay out of the file when copy-on-write', () => {
    const path = fileOf('hello');
    const mapping = map(path, { kind, mode: 'copy-on-write' });
    mapping.write(0, Buffer.from('J'));
    expect(Buffer.from(mapping.bytes).toString()).toBe('Jello');
    expect(() => mapping.flush()).toThrow(coded('MAP_READ_ONLY'));
    mapping.close();
    expect(readFileSync(path, 'utf8')).toBe('hello');
  });

  it('are read and written in any piece, across segments', () => {
    const bytes = Uint8Array.from({ length: 150_000 }, (_, index) => index % 253);
    const path = fileOf(bytes);
    using mapping = map(path, { kind, mode: 'read-write', segmentSize: 65_536 });
    const target = new Uint8Array(100_000);
    expect(mapping.read(60_000, target)).toBe(90_000);
    expect(target.subarray(0, 90_000)).toEqual(bytes.subarray(60_000));
    expect(mapping.read(150_000n, target)).toBe(0);
    expect(mapping.read(2 ** 40, target)).toBe(0);
    mapping.write(65_530, bytes.subarray(0, 70_000));
    mapping.flush();
    expect(readFileSync(path).subarray(65_530, 135_530)).toEqual(Buffer.from(bytes.subarray(0, 70_000)));
    expect(() => mapping.write(149_999, new Uint8Array(2))).toThrow(coded('MAP_RANGE'));
    if (kind === 'copied') expect(() => mapping.buffer).toThrow(coded('MAP_SEGMENTED'));
    else expect(mapping.buffer.byteLength).toBe(150_000);
  });

  it('give their place on the disk back', () => {
    const path = fileOf(Buffer.alloc(1 << 20, 1));
    using mapping = map(path, { kind, mode: 'read-write' });
    const before = statSync(path).blocks;
    mapping.punchHole(4000, 900_000);
    expect(mapping.bytes[3999]).toBe(1);
    expect(mapping.bytes.subarray(4000, 904_000).every((byte) => byte === 0)).toBe(true);
    expect(mapping.bytes[904_000]).toBe(1);
    if (kind === 'mapped') expect(statSync(path).blocks).toBeLessThan(before / 2);
  });

  it('take advice', () => {
    using mapping = map(fileOf(new Uint8Array(100_000)), { kind });
    for (const advice of ['normal', 'sequential', 'willneed', 'random'] as const)
      mapping.advise(advice, 1, 50_000);
    expect(() => mapping.advise('normal', 0, 100_001)).toThrow(coded('MAP_RANGE'));
    expect(() => mapping.advise(3 as unknown as Advice)).toThrow(TypeError);
    expect(mapping.residency(4095, 2)).toHaveLength(2);
  });
});

describe('pages', () => {
  it('can be asked for in every way Linux knows', () => {
    using memory = mapAnonymous(1 << 21);
    memory.bytes.fill(1);
    const always: Advice[] = [
      'normal',
      'random',
      'sequential',
      'willneed',
      'dontfork',
      'dofork',
      'dontdump',
      'dodump',
    ];
    for (const advice of [...always, 'dontneed', 'remove'] as const) memory.advise(advice);
    // The others need rights, a newer kernel or another kind of memory: what fails is the system's error, typed.
    for (const advice of supportedAdvice) {
      try {
        memory.advise(advice);
      } catch (error) {
        expect(error).toEqual(coded('MAP_SYSTEM'));
        expect(always).not.toContain(advice);
      }
    }
    expect(memory.bytes[0]).toBe(0); // "remove" is one of them
    expect(() => memory.advise('wipeonfork')).toThrow(coded('MAP_SYSTEM'));
    expect(() => memory.advise('nonsense' as Advice)).toThrow(coded('MAP_UNSUPPORTED'));
  });

  it('tell whether they are in memory', () => {
    const path = fileOf('');
    truncateSync(path, 64 * pageSize);
    // Nobody has read any of it yet.
    using mapping = map(path, { mode: 'read-write' });
    expect([...mapping.residency()]).toEqual(new Array(64).fill(0));
    for (let at = 0; at < mapping.length; at += pageSize) mapping.bytes[at] = 1;
    expect([...mapping.residency()]).toEqual(new Array(64).fill(1));
    expect(mapping.residency(pageSize * 3 + 5, 10)).toHaveLength(1);
    expect(mapping.residency(pageSize - 1, 2)).toHaveLength(2);
  });

  it('can be kept in memory', () => {
    const lockedBytes = () =>
      Number(/VmLck:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
    using memory = mapAnonymous(8 * pageSize);
    const before = lockedBytes();
    memory.lock(pageSize + 1, 2 * pageSize);
    expect(lockedBytes() - before).toBe(3 * pageSize);
    memory.unlock();
    expect(lockedBytes()).toBe(before);
  });

  it('can be read in beforehand', () => {
    const path = fileOf(Buffer.alloc(64 * pageSize, 1));
    const rss = (mapping: { offset: number }) => {
      const maps = readFileSync('/proc/self/smaps', 'utf8').split(path).slice(1);
      return [mapping, Number(/Rss:\s+(\d+)/.exec(maps[0] ?? '')?.[1])][1];
    };
    using lazy = map(path);
    const untouched = rss(lazy);
    lazy.close();
    using eager = map(path, { populate: true, hugePages: true, noReserve: true });
    expect(rss(eager)).toBe((64 * pageSize) / 1024);
    expect(untouched).toBe(0);
  });
});

it('refuses on a copy what a copy cannot do', () => {
  using copy = map(fileOf('0123456789abcdef'), { kind: 'copied', mode: 'read-write' });
  for (const call of [
    () => copy.lock(),
    () => copy.unlock(),
    () => copy.protect('read'),
    () => copy.words.wait(0, 0),
    () => copy.words.notify(0),
    () => copy.words.mutex(0).tryLock(),
    () => copy.view(Int32Array, 1, 1, { unaligned: true }),
  ]) {
    expect(call).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^MAP_(UNSUPPORTED|SEGMENTED)$/) }),
    );
  }
});

it('hands every closed method the same error', () => {
  const mapping = mapAnonymous(4096);
  mapping.close();
  for (const call of [
    () => mapping.buffer,
    () => mapping.bytes,
    () => mapping.segments,
    () => mapping.view(Uint8Array),
    () => mapping.read(0, new Uint8Array(1)),
    () => mapping.write(0, new Uint8Array(1)),
    () => mapping.flush(),
    () => mapping.advise('normal'),
    () => mapping.protect('read'),
    () => mapping.lock(),
    () => mapping.unlock(),
    () => mapping.residency(),
    () => mapping.resize(1),
    () => mapping.punchHole(0, 1),
    () => mapping.words.wait(0, 0),
    () => mapping.words.notify(0),
    () => mapping.words.mutex(0),
    () => mapping.tryLockFile(),
    () => mapping.describe(),
    () => mapping.pin(),
    () => mapping.verify(),
    () => mapping.check(),
  ]) {
    expect(call).toThrow(coded('MAP_CLOSED'));
  }
  expect(mapping.torn).toBe(false);
});

it('refuses hostile arguments everywhere', () => {
  using mapping = mapAnonymous(100);
  const hostile = [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2n ** 70n];
  for (const value of hostile) {
    for (const call of [
      () => mapping.view(Uint8Array, value),
      () => mapping.view(Uint8Array, 0, value),
      () => mapping.read(value, new Uint8Array(1)),
      () => mapping.write(value, new Uint8Array(1)),
      () => mapping.flush(value),
      () => mapping.flush(0, value),
      () => mapping.resize(value),
      () => mapping.punchHole(value, 1),
      () => mapping.punchHole(0, value),
      () => mapping.words.wait(value, 0, 0),
      () => mapping.words.mutex(value),
      () => mapAnonymous(value),
      () => mapAnonymous(1, { reserve: value }),
    ]) {
      expect(call).toThrow(RangeError);
    }
  }
  expect(() => mapAnonymous(2 ** 53 - 1, { kind: 'mapped' })).toThrow(coded('MAP_NO_SPACE'));
  for (const bytes of [null, [], 'text', new Float64Array(2), new DataView(new ArrayBuffer(2))]) {
    expect(() => mapping.read(0, bytes as never)).toThrow(TypeError);
    expect(() => mapping.write(0, bytes as never)).toThrow(TypeError);
    expect(() => mapping.view(bytes as never)).toThrow(TypeError);
  }
  expect(() => mapping.view(DataView as never)).toThrow(TypeError);
  expect(() => mapping.words.wait(0, 2 ** 32)).toThrow(RangeError);
  expect(() => mapping.words.wait(0, '1' as never)).toThrow(RangeError);
  expect(() => mapping.words.wait(0, 0, -1)).toThrow(RangeError);
  expect(() => mapping.words.notify(0, 1.5)).toThrow(RangeError);
  expect(() => mapping.words.wait(2, 0, 0)).toThrow(coded('MAP_UNALIGNED'));
  expect(() => mapping.words.wait(100, 0, 0)).toThrow(coded('MAP_RANGE'));
  expect(() => mapping.protect('none' as 'read')).toThrow(TypeError);
  expect(() => mapping.flush(0, 1, { wait: true, sync: 1 } as object)).toThrow(/unknown option "sync"/);
  expect(() => map('/dev/null', { populate: 1 as unknown as boolean })).toThrow(TypeError);
  expect(() => map('/dev/null', { create: true })).toThrow(TypeError);
  expect(() => map('/dev/null', { strict: true, mode: 'read-write' })).toThrow(TypeError);
});
