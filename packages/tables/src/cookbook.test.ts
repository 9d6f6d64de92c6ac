import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { type ArrayNode, arange, openFile, zeros } from './index.js';

/*
 * The page "In-memory HDF5 files" of the PyTables cookbook, example by example, as it is meant. The sample is
 * written by PyTables.
 */
const sample = fileURLToPath(new URL('../fixtures/cookbook.h5', import.meta.url));

interface Sample {
  array: ArrayNode<'sync'>;
  new_array: ArrayNode<'sync'>;
}

function md5(path: string): string {
  return createHash('md5').update(readFileSync(path)).digest('hex');
}

describe('in-memory HDF5 files', () => {
  it('opens an existing file in memory, and needs the disk no more', () => {
    using folder = temporaryFolder();
    const name = folder.join('sample.h5');
    copyFileSync(sample, name);
    using h5file = openFile<Sample>(name, 'r', { driver: 'H5FD_CORE' });
    folder[Symbol.dispose]();
    expect(existsSync(name)).toBe(false);
    expect(String(h5file.root.array)).toBe("/array (Array(300,)) 'Array 300'");
    expect(h5file.root.array.read().data).toEqual(
      BigInt64Array.from({ length: 300 }, (_, index) => BigInt(index)),
    );
  });

  it('creates a file in memory and saves it when it is closed', () => {
    using folder = temporaryFolder();
    const name = folder.join('new_sample.h5');
    const h5file = openFile<Sample>(name, 'w', { driver: 'H5FD_CORE' });
    const array = h5file.createArray(h5file.root, 'array', zeros([300, 300]));
    expect(String(array)).toBe("/array (Array(300, 300)) ''");
    h5file.close();
    expect(String(h5file)).toBe('<closed File>');
    using saved = openFile<Sample>(name);
    expect(saved.root.array.shape).toEqual([300, 300]);
    expect(saved.root.array.read().data).toEqual(new Float64Array(90_000));
  });

  it('leaves nothing on the disk with the backing store off', () => {
    using folder = temporaryFolder();
    const name = folder.join('new_sample.h5');
    const h5file = openFile<Sample>(name, 'w', { driver: 'H5FD_CORE', driverCoreBackingStore: 0 });
    h5file.createArray(h5file.root, 'array', zeros([300, 300]));
    h5file.flush();
    expect(h5file.root.array.read().data.length).toBe(90_000);
    h5file.close();
    expect(existsSync(name)).toBe(false);
  });

  it('edits an existing file in memory and leaves the disk file as it was, byte for byte', () => {
    using folder = temporaryFolder();
    const name = folder.join('sample.h5');
    copyFileSync(sample, name);
    const before = md5(name);
    const h5file = openFile<Sample>(name, 'a', { driver: 'H5FD_CORE', driverCoreBackingStore: 0 });
    h5file.createArray(h5file.root, 'new_array', arange(20), 'New array');
    expect(String(h5file.root.new_array)).toBe("/new_array (Array(20,)) 'New array'");
    h5file.root.array.write(7, { start: [0], count: [1] });
    expect(h5file.root.array.toList()).toEqual([7, ...Array.from({ length: 299 }, (_, index) => index + 1)]);
    h5file.close();
    expect(md5(name)).toBe(before);
  });

  it('gives an image that can be passed around and opened in memory again', () => {
    using folder = temporaryFolder();
    const h5file = openFile(sample);
    const image = h5file.getFileImage();
    h5file.close();
    expect(image).toEqual(new Uint8Array(readFileSync(sample)));
    const passedAround = structuredClone(image);
    const name = folder.join('in-memory-sample.h5');
    const again = openFile<Sample>(name, 'a', {
      driver: 'H5FD_CORE',
      driverCoreImage: passedAround,
      driverCoreBackingStore: 0,
    });
    expect(String(again.root.array)).toBe("/array (Array(300,)) 'Array 300'");
    again.setNodeAttr(again.root, 'description', 'In memory file example');
    expect(again.getNodeAttr('/', 'description')).toBe('In memory file example');
    expect(again.root.attrs.names()).toEqual(['description']);
    const second = again.getFileImage();
    again.close();
    expect(existsSync(name)).toBe(false);
    expect(passedAround).toEqual(image);
    using third = openFile('third.h5', 'r', {
      driver: 'H5FD_CORE',
      driverCoreImage: second,
      driverCoreBackingStore: false,
    });
    expect(third.getNodeAttr('/', 'description')).toBe('In memory file example');
  });

  it.each(['H5FD_SEC2', 'H5FD_CORE', 'sec2', 'core'])(
    'gives the same image over %s as the file on the disk',
    (driver) => {
      using folder = temporaryFolder();
      const name = folder.join('file.h5');
      const file = openFile(name, 'w', { driver, title: 'Test file' });
      file.createArray('/', 'array', [1, 2], 'Array');
      file.setNodeAttr('/', 'testattr', 41);
      const image = file.getFileImage();
      file.close();
      expect([...image.subarray(0, 4)]).toEqual([137, 72, 68, 70]);
      expect(image).toEqual(new Uint8Array(readFileSync(name)));
    },
  );

  it('keeps two files of one name apart when they are only in memory', () => {
    const options = { driver: 'H5FD_CORE', driverCoreBackingStore: 0 } as const;
    using one = openFile('same.h5', 'w', { ...options, title: 'one' });
    using two = openFile('same.h5', 'w', { ...options, title: 'two' });
    one.createArray('/', 'a', [1]);
    expect([one.title, two.title]).toEqual(['one', 'two']);
    expect(two.root.keys()).toEqual([]);
  });
});
