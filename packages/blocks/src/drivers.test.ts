import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Driver, openWith } from '@terrane/driver';
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
