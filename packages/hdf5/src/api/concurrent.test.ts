import { type Driver, type DriverFile, memoryDriver, openWith } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import { expect, it } from 'vitest';
import { createFile, type File, openFile } from '../index.js';

/** A file whose every call takes a whole turn of the event loop, so that much is under way at once. */
async function slowFile(late = false): Promise<File<'async'>> {
  const memory = memoryDriver();
  const made = createFile(openWith(memory, { name: 'a', mode: 'w' }));
  for (let index = 0; index < 40; index++)
    made.root.createDataset(`old ${index}`, { data: Int32Array.of(index) });
  made.close();
  const slow = delayed(memory, { by: 'turn' });
  const driver: Driver<'async'> = { ...slow, open: async (...spec) => lateReads(await slow.open(...spec)) };
  const handle = await openWith(late ? driver : slow, { name: 'a', mode: 'r+' });
  return openFile(handle, { mode: 'r+', cacheBytes: 0 });
}

it('changes that are begun together happen one after another', async () => {
  const file = await slowFile();
  await Promise.all(Array.from({ length: 60 }, (_, index) => file.root.createGroup(`new ${index}`)));
  await Promise.all(Array.from({ length: 60 }, (_, index) => file.root.attributes.set(`a ${index}`, index)));
  expect((await file.root.keys()).length).toBe(100);
  expect((await file.root.attributes.names()).length).toBe(60);
  const twice = [file.root.createGroup('same'), file.root.createGroup('same')];
  expect((await Promise.allSettled(twice)).map(({ status }) => status).sort()).toEqual([
    'fulfilled',
    'rejected',
  ]);
});

/** Reads that find the bytes at once and bring them late, as a slow line does. */
function lateReads(file: DriverFile<'async'>): DriverFile<'async'> {
  return {
    mode: 'async',
    manifest: file.manifest,
    size: () => file.size(),
    async read(position, target) {
      const found = new Uint8Array(target.length);
      const count = await file.read(position, found);
      for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
      target.set(found.subarray(0, count));
      return count;
    },
    write: (position, source) => file.write!(position, source),
    truncate: (size) => file.truncate!(size),
    flush: () => file.flush!(),
    view: (position, length) => file.view!(position, length),
    lock: (kind) => file.lock!(kind),
    close: () => file.close(),
  };
}

it('reads under way while a flush writes do not bring back what was there before', async () => {
  const file = await slowFile(true);
  const { attributes } = file.root;
  await attributes.set('round', -1);
  await file.flush();
  for (let round = 0; round < 10; round++) {
    const change = attributes.set('round', round);
    // The pages of this read are asked for while the change waits, and come when it is written and flushed.
    const flushed = file.flush();
    const reads = [attributes.value('round'), file.get('old 0'), file.get('old 39'), file.root.keys()];
    await Promise.all([change, flushed, ...reads]);
    expect(await attributes.value('round')).toBe(round);
  }
});

it('an image taken while changes wait is one moment of the file', async () => {
  const file = await slowFile();
  const [, image] = await Promise.all([
    file.root.createGroup('before'),
    file.image(),
    file.root.createGroup('after'),
  ]);
  const keys = openFile(openWith(memoryDriver({ a: image }), { name: 'a' })).root.keys();
  expect(keys).toContain('before');
  expect(keys).not.toContain('after');
});

it('closing waits for what was begun before it, and refuses what comes after', async () => {
  const file = await slowFile();
  const made = file.root.createGroup('made');
  const closed = file.close();
  const late = file.root.createGroup('late');
  await made;
  await closed;
  await expect(late).rejects.toMatchObject({ code: 'H5_CLOSED' });
});
