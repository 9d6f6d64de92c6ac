import { memoryDriver, openWith } from '@terrane/driver';
import { wrapFile } from '@terrane/driver-kit';
import { describe, expect, it } from 'vitest';
import { BlockStorage } from './index.js';

const text = (value: string) => new TextEncoder().encode(value);
const string = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A storage with a block to write into, committed, and an ordinary one. */
function withLog() {
  const disk = memoryDriver();
  const storage = BlockStorage.create(openWith(disk, { name: 'a', mode: 'w' }));
  storage.beginWrite();
  const log = storage.allocateInPlace(100_000);
  const other = storage.allocate(5);
  storage.write(other, text('other'));
  storage.commit();
  return { disk, storage, log, other };
}

describe('a block that is written in place', () => {
  it('has what was written without any commit, also for those who open the file', () => {
    const { disk, storage, log } = withLog();
    expect(storage.read(log).every((byte) => byte === 0)).toBe(true);
    storage.writeInPlace(log, text('one'));
    storage.writeInPlace(log, text('two'), 3);
    const reader = BlockStorage.open(openWith(disk, { name: 'a', mode: 'r' }));
    expect(string(reader.read(log, 0, 6))).toBe('onetwo');
    expect(reader.sequence).toBe(storage.sequence);
    storage.rollback();
    expect(string(storage.read(log, 0, 6))).toBe('onetwo');
    expect(storage.verify()).toEqual([]);
  });

  it('does not make the commit doubtful that made it', () => {
    const { disk, storage, log, other } = withLog();
    storage.writeInPlace(log, new Uint8Array(100_000).fill(7));
    // Without the copies in the header, whoever opens looks at all that the commit wrote.
    const { bytes } = disk.files.get('a')!;
    bytes.fill(0, 10, 26);
    const again = BlockStorage.open(openWith(disk, { name: 'a', mode: 'r' }));
    expect(again.sequence).toBe(storage.sequence);
    expect(string(again.read(other))).toBe('other');
    expect(again.read(log, 99_999)).toEqual(new Uint8Array([7]));
  });

  it('is one write to the file', () => {
    const disk = memoryDriver();
    const calls: string[] = [];
    const file = wrapFile(openWith(disk, { name: 'a', mode: 'w' }), (op, _args, call) => {
      calls.push(op);
      return call();
    });
    const storage = BlockStorage.create(file, { alone: true });
    storage.beginWrite();
    const log = storage.allocateInPlace(5000);
    storage.commit();
    calls.length = 0;
    storage.writeInPlace(log, text('x'), 4999);
    expect(calls).toEqual(['write']);
  });

  it('is given up like others, and what takes its place is whole', () => {
    const { storage, log } = withLog();
    storage.free(log);
    storage.commit();
    storage.commit(true);
    storage.commit(true);
    const next = storage.allocateInPlace(100_000);
    expect(storage.read(next).every((byte) => byte === 0)).toBe(true);
    storage.commit();
    expect(storage.verify()).toEqual([]);
  });

  it('is not there when there is no room for it', () => {
    const storage = BlockStorage.create(openWith(memoryDriver(), { name: 'a', mode: 'w' }), {
      limit: 100_000,
    });
    storage.beginWrite();
    expect(() => storage.allocateInPlace(200_000)).toThrow(expect.objectContaining({ code: 'BLK_FULL' }));
    const log = storage.allocateInPlace(20_000);
    storage.commit();
    expect(storage.stat()).toMatchObject({ blocks: 1, blockBytes: 20_000 });
    storage.writeInPlace(log, text('x'));
    expect(storage.verify()).toEqual([]);
  });

  it('is refused for other blocks and other places', () => {
    const { storage, log, other } = withLog();
    expect(() => storage.writeInPlace(other, text('x'))).toThrow(TypeError);
    const fresh = storage.allocate(9);
    expect(() => storage.writeInPlace(fresh, text('x'))).toThrow(TypeError);
    storage.write(fresh, text('x'));
    expect(() => storage.writeInPlace(fresh, text('x'))).toThrow(TypeError);
    expect(() => storage.writeInPlace(log, text('xy'), 99_999)).toThrow(RangeError);
    expect(() => storage.writeInPlace(log, text('x'), -1)).toThrow(RangeError);
    expect(() => storage.writeInPlace(77, text('x'))).toThrow(
      expect.objectContaining({ code: 'BLK_NO_BLOCK' }),
    );
    storage.end();
    expect(() => storage.writeInPlace(log, text('x'))).toThrow(
      expect.objectContaining({ code: 'BLK_NOT_WRITING' }),
    );
    storage.beginWrite();
    expect(storage.sizeOf(storage.allocateInPlace(0))).toBe(0);
    storage.rollback();
  });
});
