import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Driver, openWith } from '@terrane/driver';
import { makeRandom } from '@terrane/driver-kit';
import { blob, core, sec2 } from '@terrane/drivers';
import { afterAll, describe, expect, it } from 'vitest';
import { BlockIndex, BlockStorage, WordSlot } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'terrane-blocks-'));
afterAll(() => rmSync(folder, { recursive: true }));

const numbers = {
  order: { keyOf: (value: number) => value, compare: (key: number, value: number) => key - value },
  format: {
    bytes: 8,
    read: (view: DataView, at: number) => view.getFloat64(at),
    write: (view: DataView, at: number, value: number) => view.setFloat64(at, value),
  },
  root: WordSlot.at(0),
};

/** A storage at 4096 with a thousand blocks and an index of them; every third one is gone. */
function fill(driver: Driver<'sync'>, name: string): void {
  const file = openWith(driver, { name, mode: 'w' });
  using storage = BlockStorage.create(file, { offset: 4096 });
  storage.beginWrite();
  const index = BlockIndex.create(storage, numbers);
  for (let number = 1; number <= 1000; number++) {
    const id = storage.allocate(number);
    storage.write(id, new Uint8Array(number).fill(number));
    index.upsert(id);
  }
  storage.commit();
  for (const id of [...index.values()]) {
    if (id % 3 !== 0) continue;
    storage.free(id);
    index.deleteKey(id);
  }
  storage.end();
}

describe.each([
  ['sec2', sec2],
  ['core', core],
] as const)('over %s', (kind, driver) => {
  const name = join(folder, kind);

  it('a file on the disk is read again, at once and by promise', async () => {
    fill(driver, name);
    const storage = BlockStorage.open(openWith(driver, { name }), { offset: 4096 });
    expect(storage.verify()).toEqual([]);
    const ids = [...BlockIndex.open(storage, numbers).values()];
    expect(ids.length).toBeGreaterThan(600);
    for (const id of ids) expect(storage.read(id).length).toBe(storage.sizeOf(id));
    storage.close();
    const remote = await openWith(blob, {}, { blob: new Blob([readFileSync(name)]) });
    const far = await BlockStorage.open(remote, { offset: 4096 });
    const reads = await Promise.all(ids.map((id) => far.read(id)));
    for (const bytes of reads) expect(bytes.every((byte) => byte === bytes.length % 256)).toBe(true);
    expect(await far.verify()).toEqual([]);
    await far.close();
  });

  it('a file that is cut says so', () => {
    fill(driver, name);
    truncateSync(name, Math.floor(statSync(name).size / 2));
    const storage = BlockStorage.open(openWith(driver, { name }), { offset: 4096 });
    expect(storage.verify().length).toBeGreaterThan(0);
    storage.close();
  });
});

it('a storage that begins behind four gigabytes is one like others', () => {
  const far = join(folder, 'far');
  const offset = 2 ** 32 + 64;
  const made = BlockStorage.create(openWith(sec2, { name: far, mode: 'w' }), { offset });
  const root = WordSlot.at(2 ** 32);
  const id = made.transaction(() => {
    const block = made.allocate(70_000);
    made.write(block, new Uint8Array(70_000).fill(7));
    BlockIndex.create(made, { ...numbers, root }).upsert(block);
    return block;
  });
  made.transaction(() => made.free(made.allocate(5)));
  made.transaction(() => made.compact());
  made.close();
  const storage = BlockStorage.open(openWith(sec2, { name: far }), { offset });
  expect(storage.verify()).toEqual([]);
  expect(storage.blocks().every(({ start }) => start > 2 ** 32)).toBe(true);
  expect(BlockIndex.open(storage, { ...numbers, root }).max()).toBe(id);
  expect(storage.read(id).every((byte) => byte === 7)).toBe(true);
  storage.close();
});

it('a file without locks is repaired when no record is left', () => {
  const name = join(folder, 'repaired');
  const made = BlockStorage.create(openWith(sec2, { name, mode: 'w' }));
  const id = made.transaction(() => {
    const block = made.allocate(5000);
    made.write(block, new Uint8Array(5000).fill(3));
    return block;
  });
  made.close();
  const image = readFileSync(name);
  writeFileSync(name, image.fill(0, 32, 8192));
  expect(BlockStorage.repair(openWith(sec2, { name, mode: 'r+' })).blocks).toBe(1);
  const storage = BlockStorage.open(openWith(sec2, { name }));
  expect([storage.verify(), storage.read(id)[4999]]).toEqual([[], 3]);
  storage.close();
});

describe('two writers over a file without locks', () => {
  const name = join(folder, 'unlocked');
  const open = () => BlockStorage.open(openWith(sec2, { name, mode: 'r+' }));
  const code = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
    return undefined;
  };
  const put = (storage: BlockStorage<'sync'>, size: number, value: number) => {
    const id = storage.allocate(size);
    storage.write(id, new Uint8Array(size).fill(value));
    return id;
  };

  it.each([100, 100_000])('do not cut off what the other is writing (%i bytes)', (size) => {
    BlockStorage.create(openWith(sec2, { name, mode: 'w' })).close();
    const [one, two] = [open(), open()];
    one.beginWrite();
    const id = put(one, size, 7);
    two.beginWrite();
    two.rollback();
    one.end();
    expect(one.read(id)).toEqual(new Uint8Array(size).fill(7));
    expect(one.verify()).toEqual([]);
    one.beginWrite();
    put(one, 1_000_000, 8);
    truncateSync(name, 9000);
    expect(code(() => one.end())).toBe('BLK_CHANGED');
    one.close();
    two.close();
  });

  it('do not write in place what the other has made something else of', () => {
    BlockStorage.create(openWith(sec2, { name, mode: 'w' })).close();
    const [one, two] = [open(), open()];
    one.beginWrite();
    const log = one.allocateInPlace(100_000);
    one.commit();
    two.beginWrite();
    put(two, 100_000, 9);
    // What is only staged is not in the way.
    one.writeInPlace(log, new Uint8Array([1]));
    two.free(log);
    for (let time = 0; time < 3; time++) two.commit(true);
    const next = put(two, 100_000, 8);
    two.commit();
    expect(code(() => one.writeInPlace(log, new Uint8Array([2])))).toBe('BLK_CHANGED');
    expect(two.read(next)).toEqual(new Uint8Array(100_000).fill(8));
    expect(two.verify()).toEqual([]);
    one.close();
    two.close();
  });

  it.each([100, 100_000])('do not commit what the other may have written over (%i bytes)', (size) => {
    BlockStorage.create(openWith(sec2, { name, mode: 'w' })).close();
    const [one, two] = [open(), open()];
    const kept = one.transaction(() => put(one, size, 5));
    one.beginWrite();
    two.beginWrite();
    one.write(kept, new Uint8Array(size).fill(7));
    // Reading sends it out.
    one.readInto(put(one, size, 7), new Uint8Array(1));
    // The same place, since the first one has not committed.
    const id = put(two, size, 9);
    two.readInto(id, new Uint8Array(1));
    expect(code(() => one.end())).toBe('BLK_CHANGED');
    expect(code(() => one.commit())).toBe('BLK_NOT_WRITING');
    two.end();
    one.rollback();
    for (const storage of [one, two]) {
      storage.begin();
      expect(storage.read(id)).toEqual(new Uint8Array(size).fill(9));
      expect(storage.read(kept)).toEqual(new Uint8Array(size).fill(5));
      storage.end();
    }
    // Who begins again comes through, as often as it likes and with the other one looking on.
    one.beginWrite();
    for (let round = 0; round < 3; round++) {
      two.beginWrite();
      two.rollback();
      put(one, size, round);
      one.commit();
    }
    one.end();
    expect(one.verify()).toEqual([]);
    one.close();
    two.close();
  });

  it('never commit bytes of one another, whoever comes when', () => {
    const random = makeRandom(7);
    BlockStorage.create(openWith(sec2, { name, mode: 'w' })).close();
    const writers = [open(), open(), open()].map((storage) => ({
      storage,
      staged: new Map<number, number>(),
    }));
    const committed = new Map<number, number>();
    let [refused, done] = [0, 0];
    for (let step = 0; step < 3000; step++) {
      const { storage, staged } = writers[random.below(3)]!;
      const failed = code(() => {
        if (!storage.writing) storage.beginWrite();
        const what = random.below(6);
        if (what < 4) {
          const size = [100, 5000, 40_000][random.below(3)]!;
          staged.set(put(storage, size, step), step % 256);
          const [old] = committed.keys();
          if (old !== undefined && random.below(3) === 0 && storage.has(old)) {
            storage.free(old);
            staged.set(old, -1);
          }
        } else if (what === 4) {
          storage.rollback();
          staged.clear();
        } else {
          storage.end();
          for (const [id, value] of staged) committed.set(id, value);
          for (const [id, value] of staged) if (value < 0) committed.delete(id);
          staged.clear();
          done++;
        }
      });
      if (failed) {
        expect(failed).toBe('BLK_CHANGED');
        storage.rollback();
        staged.clear();
        refused++;
      }
      if (step % 50 > 0) continue;
      const reader = BlockStorage.open(openWith(sec2, { name }));
      for (const [id, value] of committed) expect(reader.read(id).every((byte) => byte === value)).toBe(true);
      expect(reader.verify().filter(({ harmless }) => !harmless)).toEqual([]);
      reader.close();
    }
    expect([refused > 200, done > 50]).toEqual([true, true]);
    for (const { storage } of writers) storage.close();
  });

  it.each([100, 100_000])('do not write over what the other has committed (%i bytes)', (size) => {
    BlockStorage.create(openWith(sec2, { name, mode: 'w' })).close();
    const [one, two] = [open(), open()];
    one.beginWrite();
    two.beginWrite();
    const id = put(one, size, 7);
    one.end();
    expect(
      code(() => {
        put(two, size, 9);
        two.commit();
      }),
    ).toBe('BLK_CHANGED');
    two.rollback();
    expect(two.read(id)).toEqual(new Uint8Array(size).fill(7));
    two.transaction(() => put(two, size, 9));
    expect(two.verify()).toEqual([]);
    one.close();
    two.close();
  });
});
