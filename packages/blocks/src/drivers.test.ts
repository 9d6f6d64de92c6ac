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
