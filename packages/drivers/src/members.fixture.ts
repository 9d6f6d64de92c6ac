import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckedFile } from '@terrane/driver';
import { python } from '@terrane/oracles';
import { core } from './index.js';
import { namesIn } from './temporary.fixture.js';

/** Everything in a file, or in a stretch of it. */
export function bytesOf(file: CheckedFile<'sync'>, from = 0, length = file.size() - from): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, file.read(from, bytes));
}

/** Names and contents of a folder. */
export const folderOf = (folder: string) =>
  Object.fromEntries(namesIn(folder).map((name) => [name, readFileSync(join(folder, name)).toString('hex')]));

/** Makes a set with the C library: a dataset of int32, whose offset is printed. */
export function makeWithH5py(
  name: string,
  driver: string,
  more: object = {},
): { offset: string; values: number[] } {
  return JSON.parse(
    python(
      `
      import h5py, numpy
      f = h5py.File(args['name'], 'w', driver=args['driver'], **args['more'])
      d = f.create_dataset('g/numbers', data=numpy.arange(3000, dtype='<i4') * 7)
      f['g'].attrs['unit'] = 'metre'
      f.flush()
      print(json.dumps({'offset': str(d.id.get_offset() & (2**64 - 1)), 'values': d[:].tolist()}))
      f.close()
      `,
      { name, driver, more },
    ),
  );
}

/** Has the C library append to a set and read all of it back. */
export function appendWithH5py(name: string, driver: string, more: object = {}): unknown {
  return JSON.parse(
    python(
      `
      import h5py
      with h5py.File(args['name'], 'r+', driver=args['driver'], **args['more']) as f:
        f['added'] = [1.5, 2.5]
      with h5py.File(args['name'], 'r', driver=args['driver'], **args['more']) as f:
        print(json.dumps([f['g/numbers'][:].tolist(), f['added'][:].tolist(), f['g'].attrs['unit']]))
      `,
      { name, driver, more },
    ),
  );
}

export const littleEndian = (values: readonly number[]) => {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [index, value] of values.entries()) view.setInt32(index * 4, value, true);
  return new Uint8Array(view.buffer);
};

/** core with the backing store off, as the driver of members. */
export const inCore = {
  ...core,
  open: (spec: Parameters<typeof core.open>[0]) => core.open({ ...spec, options: { backingStore: false } }),
};
