import { openWith } from '@terrane/driver';
import { mmap } from '@terrane/driver-mmap';
import { createFile, openFile } from '@terrane/hdf5';
import { hasH5py, openH5wasm, python, temporaryFolder } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { contentOf } from './content-of.fixture.js';
import { expectedOf, fixtureNames, fixtures } from './fixtures.fixture.js';

describe('HDF5 over mapped files', () => {
  it.each(fixtureNames)('%s reads as it does from memory', async (name) => {
    using file = openFile(openWith(mmap, { name: fixtures + name }));
    const content = await contentOf(file);
    expect(content).toEqual(await expectedOf(name));
    expect(content.size).toBeGreaterThan(0);
  });

  it('makes files that libhdf5 reads', async () => {
    using folder = temporaryFolder();
    const path = folder.join('made.h5');
    const data = Float64Array.from({ length: 100_000 }, (_, index) => index / 8);
    const file = createFile(openWith(mmap, { name: path, mode: 'w' }));
    file.root.createGroup('deep').createDataset('values', { data, shape: [1000, 100] });
    file.close();
    using theirs = await openH5wasm(path);
    const dataset = theirs.file.get('deep/values') as { shape: number[]; value: Float64Array };
    expect(dataset.shape).toEqual([1000, 100]);
    expect(dataset.value).toEqual(data);
  });

  it.runIf(hasH5py)(
    'shows a dataset where the disk has it: what h5py writes meanwhile is in the view',
    () => {
      using folder = temporaryFolder();
      const path = folder.join('shared.h5');
      const made = createFile(openWith(mmap, { name: path, mode: 'w' }));
      made.root.createDataset('values', { data: new Float64Array(1000).fill(1) });
      made.close();
      using file = openFile(openWith(mmap, { name: path }));
      const dataset = file.get('values');
      if (dataset?.kind !== 'dataset') throw new Error('no dataset');
      using view = dataset.view({ start: [10], count: [5] });
      const { data } = view;
      expect(data).toEqual(new Float64Array(5).fill(1));
      python(
        `
      import h5py
      with h5py.File(args['path'], 'r+') as file:
          file['values'][12] = 2.5
      `,
        { path },
      );
      // The same array, not read again.
      expect(data).toEqual(Float64Array.of(1, 1, 2.5, 1, 1));
    },
  );
});
