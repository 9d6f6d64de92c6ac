import { memoryDriver, openWith } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import { expect, it } from 'vitest';
import { createFile, type File, openFile } from '../index.js';

/** A file whose every call takes a whole turn of the event loop, so that much is under way at once. */
async function slowFile(): Promise<File<'async'>> {
  const memory = memoryDriver();
  const made = createFile(openWith(memory, { name: 'a', mode: 'w' }));
  for (let index = 0; index < 40; index++)
    made.root.createDataset(`old ${index}`, { data: Int32Array.of(index) });
  made.close();
  const handle = await openWith(delayed(memory, { by: 'turn' }), { name: 'a', mode: 'r+' });
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

it('reads under way while a flush writes do not bring back what was there before', async () => {
  const file = await slowFile();
  for (let round = 0; round < 30; round++) {
    const reads = Array.from({ length: 5 }, (_, index) => file.get(`old ${(round + index) % 40}`));
    const changes = [
      file.root.createDataset(`new ${round}`, { data: Int32Array.of(round) }),
      file.root.attributes.set('round', round),
      file.flush(),
    ];
    const listed = [file.root.keys(), file.root.attributes.value('round')];
    const seen = await Promise.all(reads);
    expect(seen.every((object) => object?.kind === 'dataset')).toBe(true);
    await Promise.all([...changes, ...listed]);
    expect(await file.root.keys()).toContain(`new ${round}`);
    expect(await file.root.attributes.value('round')).toBe(round);
    const dataset = await file.dataset(`new ${round}`, 'int32');
    expect((await dataset.read()).data).toEqual(Int32Array.of(round));
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
