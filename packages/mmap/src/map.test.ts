import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { runChild, scratchFolder } from './child.fixture.js';
import { map, nativeProblem, pageSize } from './index.js';

const coded = (code: string) => expect.objectContaining({ code });
const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'bytes');
const content = Uint8Array.from({ length: 20_000 }, (_, index) => (index * 7) % 251);
writeFileSync(path, content);

it('has an addon on the machines that run these tests', () => {
  expect(nativeProblem).toBeUndefined();
  expect(pageSize % 4096).toBe(0);
});

describe.each(['mapped', 'copied'] as const)('a %s file', (kind) => {
  it('shows the bytes of any range', () => {
    const range = fc
      .tuple(fc.nat(content.length), fc.nat(content.length))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(range, ([start, end]) => {
        using mapping = map(path, { kind, offset: start, length: BigInt(end - start) });
        expect(mapping.length).toBe(end - start);
        expect(Buffer.compare(mapping.bytes, content.subarray(start, end))).toBe(0);
      }),
    );
  });

  it('goes to the end of the file unless told', () => {
    using mapping = map(pathToFileURL(path), { kind, offset: 4097 });
    expect(mapping.bytes).toEqual(content.subarray(4097));
    expect(mapping).toMatchObject({
      kind,
      native: kind === 'mapped',
      mode: 'read',
      offset: 4097,
      target: path,
    });
  });

  it('maps a descriptor, and leaves it open', () => {
    const descriptor = openSync(path, 'r');
    const mapping = map(descriptor, { kind });
    mapping.close();
    expect(mapping.closed).toBe(true);
    const other = map(descriptor, { kind });
    closeSync(descriptor);
    expect(other.bytes[1]).toBe(7);
    other.close();
  });

  it('reads a part without a buffer over all of it', () => {
    using mapping = map(path, { kind, offset: 100 });
    const target = new Uint8Array(50);
    expect(mapping.read(1000, target)).toBe(50);
    expect(target).toEqual(content.subarray(1100, 1150));
  });

  it('maps an empty file', () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    using mapping = map(empty, { kind });
    expect(mapping.bytes.length).toBe(0);
    expect(mapping.segments).toHaveLength(1);
  });

  it('hands out segments, and views over each of them', () => {
    const long = join(folder, 'long');
    const bytes = Uint8Array.from({ length: 200_001 }, (_, index) => index % 249);
    writeFileSync(long, bytes);
    using mapping = map(long, { kind, segmentSize: 65_536 });
    expect(mapping.segments.map((segment) => segment.byteLength)).toEqual([65_536, 65_536, 65_536, 3393]);
    expect(Buffer.concat(mapping.segments.map((segment) => new Uint8Array(segment)))).toEqual(
      Buffer.from(bytes),
    );
    expect(mapping.view(Uint8Array, 131_072, 100)).toEqual(bytes.subarray(131_072, 131_172));
  });

  it('gives typed views without a copy, and refuses crooked ones', () => {
    using mapping = map(path, { kind, offset: 8 });
    const doubles = mapping.view(Float64Array, 16, 4);
    expect(doubles).toEqual(new Float64Array(content.slice(24, 56).buffer));
    expect(doubles.buffer).toBe(mapping.buffer);
    expect(mapping.view(Float64Array)).toHaveLength(2499);
    expect(() => mapping.view(Float64Array, 3)).toThrow(coded('MAP_UNALIGNED'));
    expect(() => mapping.view(Uint8Array, 19_000, 1000)).toThrow(coded('MAP_RANGE'));
    expect(() => mapping.view(Uint8Array, -1)).toThrow(RangeError);
  });

  it('empties its views when it is closed', () => {
    const mapping = map(path, { kind });
    const bytes = mapping.bytes;
    const pin = mapping.pin();
    expect(() => mapping.close()).toThrow(expect.objectContaining({ code: 'MAP_PINNED', retry: 'maybe' }));
    expect(bytes[1]).toBe(7);
    pin.release();
    pin.release();
    mapping.close();
    mapping.close();
    expect(bytes.length).toBe(0);
    expect(bytes[1]).toBeUndefined();
    expect(mapping.length).toBe(0);
    expect(() => mapping.bytes).toThrow(expect.objectContaining({ code: 'MAP_CLOSED', target: path }));
  });

  it('waits for pins when asked to', async () => {
    const mapping = map(path, { kind });
    const pin = mapping.pin();
    const closing = mapping.closeAsync();
    expect(mapping.closed).toBe(false);
    pin.release();
    await closing;
    expect(mapping.closed).toBe(true);
  });
});

it('views bytes at any address where it may', () => {
  using mapping = map(path, { offset: 5 });
  const doubles = mapping.view(Float64Array, 2, 3, { unaligned: true });
  expect(doubles).toEqual(new Float64Array(content.slice(7, 31).buffer));
  expect(mapping.view(Uint32Array, 3, 2)).toEqual(new Uint32Array(content.slice(8, 16).buffer));
});

describe('hostile arguments', () => {
  const numbers = [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2n ** 64n, -1n];
  it.each(numbers)('refuses %s as offset and as length', (value) => {
    expect(() => map(path, { offset: value })).toThrow(RangeError);
    expect(() => map(path, { length: value })).toThrow(RangeError);
  });

  it.each([null, '1', {}, [], true])('refuses %o as offset and as length', (value) => {
    expect(() => map(path, { offset: value as unknown as number })).toThrow(TypeError);
    expect(() => map(path, { length: value as unknown as number })).toThrow(TypeError);
  });

  it.each([2 ** 53 - 1, 2 ** 32 + 10, 20_001])('refuses %d as beyond the file', (value) => {
    expect(() => map(path, { offset: value })).toThrow(coded('MAP_RANGE'));
    expect(() => map(path, { length: value })).toThrow(coded('MAP_RANGE'));
  });

  it.each([undefined, null, {}, '', 'a\0b', Symbol('x')])('refuses %o as a file', (source) => {
    expect(() => map(source as unknown as string)).toThrow(TypeError);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 31])('refuses %d as a descriptor', (descriptor) => {
    expect(() => map(descriptor)).toThrow(RangeError);
  });

  it('refuses what is not a regular file', () => {
    mkdirSync(join(folder, 'directory'));
    expect(() => map(join(folder, 'directory'))).toThrow(coded('MAP_OPEN'));
    spawnSync('mkfifo', [join(folder, 'fifo')]);
    expect(() => map(join(folder, 'fifo'))).toThrow(coded('MAP_OPEN'));
    expect(() => map(join(folder, 'fifo'), { mode: 'read-write' })).toThrow(coded('MAP_OPEN'));
    const closed = openSync(path, 'r');
    closeSync(closed);
    expect(() => map(closed)).toThrow(coded('MAP_OPEN'));
    expect(() => map('/dev/zero')).toThrow(coded('MAP_OPEN'));
    expect(() => map(join(folder, 'absent'))).toThrow(coded('MAP_OPEN'));
    expect(() => map(99_999)).toThrow(coded('MAP_OPEN'));
  });

  it('refuses unknown options and words', () => {
    expect(() => map(path, { ofset: 1 } as object)).toThrow(/did you mean "offset"/);
    expect(() => map(path, { mode: 'rw' as 'read' })).toThrow(TypeError);
    expect(() => map(path, { segmentSize: 1000 })).toThrow(RangeError);
  });
});

it('works on copies when no binary loads, and says so', () => {
  const code = `
    const mapping = mmap.map(fileOf('hello'));
    console.log(mapping.native, mapping.kind, Buffer.from(mapping.bytes).toString(), mmap.nativeProblem);
    assert.throws(() => mmap.map(folder + '/file', { kind: 'mapped' }), { code: 'MAP_UNSUPPORTED' });
  `;
  const result = runChild(code, { env: { TERRANE_MMAP_NATIVE: '0' } });
  expect(result.stderr).toBe('');
  expect(result.stdout).toBe('false copied hello TERRANE_MMAP_NATIVE=0\n');
});
