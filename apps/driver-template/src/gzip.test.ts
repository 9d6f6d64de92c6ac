import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRegistry, openWith } from '@terrane/driver';
import { createFile, openFile } from '@terrane/hdf5';
import { openH5wasm, temporaryFolder } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { gzip } from './index.js';

const fixture = fileURLToPath(new URL('../../../packages/hdf5/fixtures/compact.h5', import.meta.url));

describe('gzip', () => {
  it('opens an HDF5 file that the program gzip has packed', () => {
    using folder = temporaryFolder();
    const name = folder.join('compact.h5.gz');
    writeFileSync(name, execFileSync('gzip', ['-c', fixture]));
    using file = openFile(openWith(gzip, { name }));
    const dataset = file.get('integers');
    if (dataset?.kind !== 'dataset') throw new Error('no dataset');
    expect([...dataset.read().data]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('makes HDF5 files that gunzip unpacks and libhdf5 reads', async () => {
    using folder = temporaryFolder();
    const name = folder.join('made.h5.gz');
    const data = Float64Array.from({ length: 5000 }, (_, index) => index % 10);
    const file = createFile(openWith(gzip, { name, mode: 'w', options: { level: 9 } }));
    file.root.createDataset('values', { data });
    file.close();
    expect(readFileSync(name).length).toBeLessThan(data.byteLength / 10);
    using theirs = await openH5wasm(execFileSync('gunzip', ['-c', name]));
    expect((theirs.file.get('values') as { value: unknown }).value).toEqual(data);
  });

  it('answers to its scheme, option and all', () => {
    using folder = temporaryFolder();
    const file = createRegistry([gzip]).openSync(`gzip:${folder.join('a.gz')}?mode=w-&level=1`);
    file.write(0, Uint8Array.of(1, 2, 3));
    file.close();
    expect([...execFileSync('gunzip', ['-c', folder.join('a.gz')])]).toEqual([1, 2, 3]);
  });

  it('says what is wrong', () => {
    using folder = temporaryFolder();
    const name = folder.join('a');
    expect(() => openWith(gzip, {})).toThrow(expect.objectContaining({ code: 'DRV_BAD_OPTION' }));
    for (const level of [0, 10, 'best', 1.5]) {
      expect(() => openWith(gzip, { name, mode: 'w', options: { level } })).toThrow(
        expect.objectContaining({ code: 'DRV_BAD_OPTION', driver: 'gzip' }),
      );
    }
    expect(existsSync(name)).toBe(false);
    writeFileSync(name, 'not packed');
    expect(() => openWith(gzip, { name })).toThrow(
      expect.objectContaining({
        code: 'IO_UNEXPECTED',
        driver: 'gzip',
        target: name,
        cause: expect.objectContaining({ code: 'Z_DATA_ERROR' }),
      }),
    );
  });
});
