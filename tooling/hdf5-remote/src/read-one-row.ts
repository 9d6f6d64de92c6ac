import { openWith } from '@terrane/driver';
import { http } from '@terrane/drivers';
import { openFile } from '@terrane/hdf5';
import { row } from './large-file.js';

/** Opens a remote file, lists its root and reads one row of the large dataset. */
export async function readOneRow(url: string): Promise<{ names: string[]; data: ArrayLike<unknown> }> {
  const file = await openFile(await openWith(http, { name: url }));
  try {
    const names = await file.root.keys();
    const dataset = await file.get('large');
    if (dataset?.kind !== 'dataset') throw new Error('there is no dataset "large"');
    const { data } = await dataset.read({ start: [row, 0], count: [1, dataset.shape![1]!] });
    return { names, data };
  } finally {
    await file.close();
  }
}
