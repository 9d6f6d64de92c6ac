import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { arange, type File, openFile, zeros } from '@terrane/tables';
import { isRefused, orRefusal } from '../refusal.js';
import { save } from './image.js';
import { treeLines } from './show.js';

const inMemory = { driver: 'H5FD_CORE', driverCoreBackingStore: false } as const;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** `terrane demo`: the main job, step by step, on the user's file or on a sample. The file is left as it is. */
export function demo(given: string | undefined): void {
  const folder = mkdtempSync(join(tmpdir(), 'terrane-demo-'));
  const name = given ?? makeSample(join(folder, 'sample.h5'));
  // Some files can be read and not edited yet; they are shown all the same.
  const editable = orRefusal(() => openFile(name, 'r+', inMemory));
  const h5file = isRefused(editable) ? openFile(name, 'r', inMemory) : editable;
  const before = statSync(name).mtimeMs;
  say(`1. opened ${name} in memory; nothing will be written to it`);
  for (const line of treeLines(h5file)) say(`   ${line}`);

  const edited = isRefused(editable) ? editable : orRefusal(() => edit(h5file));
  say(`2. ${isRefused(edited) ? `not edited: ${edited.refused}` : edited}`);

  const image = h5file.getFileImage();
  h5file.close();
  say(`3. took the file image: ${image.length} bytes`);

  const again = openFile('image.h5', 'r', { ...inMemory, driverCoreImage: image });
  const found = orRefusal(() => JSON.stringify(again.getNodeAttr('/', 'description')));
  say(`4. opened the image in memory: description is ${isRefused(found) ? found.refused : found}`);
  again.close();

  const copy = join(folder, `edited-${basename(name)}`);
  save(copy, image);
  say(`5. saved as ${copy}`);
  const after = statSync(name).mtimeMs;
  say(`   ${name} is ${before === after ? 'as it was' : 'changed by somebody else'}`);
}

function edit(h5file: File<'sync'>): string {
  const name = freeName(h5file.root.keys());
  h5file.setNodeAttr(h5file.root, 'description', 'In memory file example');
  const added = h5file.createArray('/', name, arange(20), 'New array');
  return `edited in memory: ${added}, and an attribute of the root`;
}

/** A small file like those the PyTables documentation works with. */
function makeSample(name: string): string {
  using file = openFile(name, 'w', { title: 'Sample file' });
  file.createArray('/', 'array', zeros([300, 300]), 'Array');
  const group = file.createGroup('/', 'weather', 'One week');
  file.createArray(group, 'celsius', Float32Array.of(3.5, 4, 2.25, 7, 9.5, 8, 6.75), 'Temperature at noon');
  file.createArray(group, 'station', 'Greenwich', 'Where it was measured');
  file.setNodeAttr(group, 'latitude', 51.4769);
  return name;
}

function freeName(taken: readonly string[]): string {
  for (let count = 0; ; count++) {
    const name = count === 0 ? 'new_array' : `new_array_${count}`;
    if (!taken.includes(name)) return name;
  }
}
