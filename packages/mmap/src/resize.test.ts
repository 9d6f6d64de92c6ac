import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scratchFolder, survives } from './child.fixture.js';
import { map, mapAnonymous } from './index.js';

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const pathOf = () => join(folder, `file-${files++}`);
const coded = (code: string) => expect.objectContaining({ code });

describe.each(['mapped', 'copied'] as const)('a %s file', (kind) => {
  it('is made, and made longer', () => {
    const path = pathOf();
    expect(() => map(path, { kind, mode: 'read-write' })).toThrow(coded('MAP_OPEN'));
    using mapping = map(path, { kind, mode: 'read-write', create: true, length: 10_000 });
    mapping.bytes[9999] = 1;
    mapping.flush();
    expect(readFileSync(path)[9999]).toBe(1);
    mapping.resize(50_000);
    expect([mapping.length, statSync(path).size]).toEqual([50_000, 50_000]);
    mapping.bytes[49_999] = 2;
    mapping.flush();
    expect([readFileSync(path)[9999], readFileSync(path)[49_999]]).toEqual([1, 2]);
    mapping.resize(20_000);
    expect([mapping.length, mapping.bytes.length, statSync(path).size]).toEqual([20_000, 20_000, 20_000]);
    mapping.resize(20_001n);
    expect([mapping.bytes[9999], mapping.bytes[20_000]]).toEqual([1, 0]);
  });

  it('grows from nothing and shrinks to nothing', () => {
    const path = pathOf();
    using mapping = map(path, { kind, mode: 'read-write', create: true });
    expect(mapping.length).toBe(0);
    mapping.resize(5);
    mapping.write(0, Buffer.from('hello'));
    mapping.resize(0);
    expect([mapping.bytes.length, statSync(path).size]).toEqual([0, 0]);
    mapping.resize(3);
    expect([...mapping.bytes]).toEqual([0, 0, 0]);
  });

  it('takes what others have appended, and is not made shorter over it', () => {
    const path = pathOf();
    writeFileSync(path, 'abc');
    using mapping = map(path, { kind, mode: 'read-write' });
    appendFileSync(path, 'defg');
    expect(() => mapping.resize(2)).toThrow(coded('MAP_RANGE'));
    mapping.resize(6);
    expect(Buffer.from(mapping.bytes).toString()).toBe('abcdef');
    expect(statSync(path).size).toBe(7);
  });

  it('is not made shorter while it is pinned', () => {
    using mapping = map(pathOf(), { kind, mode: 'read-write', create: true, length: 100 });
    using pin = mapping.pin();
    expect(() => mapping.resize(50)).toThrow(coded('MAP_PINNED'));
    if (kind === 'copied') expect(() => mapping.resize(200)).toThrow(coded('MAP_PINNED'));
    pin.release();
    mapping.resize(50);
  });
});

describe.each([0, 1 << 24])('old views of a mapping that grows, with %d bytes reserved', (reserve) => {
  it('stay good, and see what new views see', () => {
    using mapping = map(pathOf(), { mode: 'read-write', create: true, length: 1000, reserve });
    const views: Uint8Array[] = [mapping.bytes];
    for (let step = 1; step <= 100; step++) {
      const before = mapping.length;
      mapping.resize(before + 10_007);
      views.push(mapping.view(Uint8Array, before), mapping.view(Uint8Array, Math.max(0, before - 500), 1000));
    }
    const all = mapping.bytes;
    expect(all).toHaveLength(1000 + 100 * 10_007);
    for (let at = 0; at < all.length; at += 97) all[at] = at % 256;
    expect(views[0]![97]).toBe(97);
    expect(views[0]).toEqual(all.subarray(0, 1000));
    for (let step = 1; step <= 100; step++) {
      const start = 1000 + (step - 1) * 10_007;
      expect(Buffer.compare(views[2 * step - 1]!, all.subarray(start, start + 10_007))).toBe(0);
      expect(Buffer.compare(views[2 * step]!, all.subarray(start - 500, start + 500))).toBe(0);
    }
    views[0]![5] = 77;
    expect(mapping.view(Uint8Array, 5, 1)[0]).toBe(77);
  });
});

it('grows memory without a file', () => {
  using memory = mapAnonymous(10);
  const old = memory.bytes;
  memory.resize(1 << 20);
  memory.bytes[3] = 4;
  expect(old[3]).toBe(4);
  using copy = mapAnonymous(10, { kind: 'copied' });
  copy.bytes[3] = 4;
  copy.resize(20);
  expect([...copy.bytes.subarray(0, 5)]).toEqual([0, 0, 0, 4, 0]);
});

it('keeps loops over old views safe when it gets shorter', () => {
  survives(`
    const mapping = mmap.map(fileOf(Buffer.alloc(1 << 20, 1)), { mode: 'read-write' });
    const bytes = mapping.bytes;
    let sum = 0;
    for (let i = 0; i < 1 << 20; i++) { if (i === 500000) mapping.resize(100); sum += bytes[i] | 0; }
    assert.equal(sum, 500000);
    assert.equal(bytes.length, 0);
    assert.equal(mapping.bytes.length, 100);
  `);
});

it('maps more than a buffer can hold, and past 4 GiB', () => {
  const path = pathOf();
  using mapping = map(path, { mode: 'read-write', create: true, sparse: true, length: 5 * 2 ** 30 + 3 });
  expect(mapping.segments.map((segment) => segment.byteLength)).toEqual([...new Array(5).fill(2 ** 30), 3]);
  expect(() => mapping.buffer).toThrow(coded('MAP_SEGMENTED'));
  mapping.write(2 ** 32 - 2, Uint8Array.of(1, 2, 3, 4));
  mapping.write(5 * 2 ** 30, Uint8Array.of(7, 8, 9));
  expect([...mapping.view(Uint8Array, 2 ** 32 - 2, 4)]).toEqual([1, 2, 3, 4]);
  mapping.flush();
  using high = map(path, { offset: 2n ** 32n });
  expect([...high.bytes.subarray(0, 3)]).toEqual([3, 4, 0]);
  expect([...high.bytes.subarray(-3)]).toEqual([7, 8, 9]);
});
