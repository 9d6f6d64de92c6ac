import { join } from 'node:path';
import { BlockStorage } from '@terrane/blocks';
import { DatasetFileCache } from '@terrane/dataset-cache';
import { openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import { sharedFolder } from './child.fixture.js';
import { codeOf } from './code-of.fixture.js';
import { places } from './places.fixture.js';
import { bytesOf, keyOf, same, source, subjects } from './subjects.fixture.js';

const folder = sharedFolder();

// Over sec2 without `flock`, where nothing keeps the second one out.
describe('two writers over a driver without locks', () => {
  it('blocks: who commits second is told, and has published nothing', () => {
    const { driver, name } = places.sec2(join(folder, 'blocks'));
    subjects.blocks.make({ driver, name }).close();
    const file = () => openWith(driver, { name, mode: 'r+' });
    const [one, two] = [file(), file()].map((each) => BlockStorage.open(each, { offset: 64 })) as [
      BlockStorage<'sync'>,
      BlockStorage<'sync'>,
    ];
    one.beginWrite();
    two.beginWrite();
    const id = one.allocate(30_000);
    one.write(id, bytesOf(6));
    one.end();
    two.allocate(0);
    expect(codeOf(() => two.end())).toBe('BLK_CHANGED');
    expect(codeOf(() => two.end())).toBe('BLK_NOT_WRITING');
    two.rollback();
    for (const storage of [one, two]) {
      storage.begin();
      expect(same(storage.read(id, 0, bytesOf(6).length), bytesOf(6))).toBe(true);
      expect(storage.verify()).toEqual([]);
      storage.end();
    }
    expect(two.transaction(() => two.allocate(0))).toBe(id + 1);
    expect(one.transaction(() => one.allocate(0))).toBe(id + 2);
    one.close();
    two.close();
  });

  it('blocks: who only looks in, and begins to write, takes nothing from who has written already', () => {
    const { driver, name } = places.sec2(join(folder, 'looked-in'));
    const file = (mode: 'w' | 'r+') => openWith(driver, { name, mode });
    const one = BlockStorage.create(file('w'));
    one.beginWrite();
    const id = one.allocate(100_000);
    one.write(id, new Uint8Array(100_000).fill(7));
    const two = BlockStorage.open(file('r+'));
    two.beginWrite();
    two.rollback();
    two.close();
    one.end();
    expect(one.read(id).every((byte) => byte === 7)).toBe(true);
    one.close();
  });

  it('blocks: who began before a commit writes nothing over what it committed', () => {
    const { driver, name } = places.sec2(join(folder, 'before'));
    const file = (mode: 'w' | 'r+') => openWith(driver, { name, mode });
    const one = BlockStorage.create(file('w'));
    const two = BlockStorage.open(file('r+'));
    one.beginWrite();
    two.beginWrite();
    const id = one.allocate(100_000);
    one.write(id, new Uint8Array(100_000).fill(7));
    one.end();
    expect(
      codeOf(() => {
        two.write(two.allocate(100_000), new Uint8Array(100_000).fill(9));
        two.end();
      }),
    ).toBe('BLK_CHANGED');
    two.close();
    expect(one.read(id).every((byte) => byte === 7)).toBe(true);
    one.close();
  });

  it('objects: the second one has a conflict, before it has written anything', () => {
    const place = places.sec2(join(folder, 'objects'));
    const made = subjects.objects.make(place);
    for (let round = 1; round <= 5; round++) made.commit(round);
    made.close();
    const one = subjects.objects.open(place, 'r+');
    const two = subjects.objects.open(place, 'r+');
    one.commit(6);
    for (let time = 0; time < 3; time++) expect(codeOf(() => two.commit(6))).toBe('OBJ_CONFLICT');
    expect(one.check()).toBe(6);
    one.commit(7);
    expect(one.check()).toBe(7);
    two.close();
    one.close();
    const again = subjects.objects.open(place, 'r+');
    expect(again.check()).toBe(7);
    again.commit(8);
    expect(again.check()).toBe(8);
    again.close();
  });

  it('cache: values may be lost, and no read is ever wrong', async () => {
    const { driver, name } = places.sec2(join(folder, 'cache'));
    const open = () =>
      DatasetFileCache.createOrOpen(name, { driver, maximumFileSize: 2 << 20, batchBytes: 1 << 16 });
    const caches = [open(), open()];
    let asked = 0;
    const dataset = source(60, () => asked++);
    const attached = caches.map((cache) => cache.attach(dataset));
    for (let turn = 0; turn < 180; turn++) {
      const number = (turn * 7) % 60;
      for (const each of attached) expect(same(await each.readChunk([number]), bytesOf(number))).toBe(true);
    }
    expect(asked).toBeGreaterThanOrEqual(60);
    for (const cache of caches) codeOf(() => cache.close());
    const reader = DatasetFileCache.open(name, { driver, readOnly: true });
    for (let number = 0; number < 60; number++) {
      const bytes = reader.get(keyOf(number));
      if (bytes) expect(same(bytes, bytesOf(number))).toBe(true);
    }
    reader.close();
    const alone = open();
    alone.clear();
    expect(alone.verify()).toEqual([]);
    alone.close();
  });
});
