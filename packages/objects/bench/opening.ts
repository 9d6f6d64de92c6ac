import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openWith } from '@terrane/driver';
import { sec2 } from '@terrane/drivers';
import { ObjectStore } from '@terrane/objects';
import { check, race, report } from './measure.js';
import { pointOf, schema } from './point-schema.js';

const readOnly = { readOnly: true };

/** Opens a store of a few records and one of 1 GiB, all of it written; with and without reading a record. */
export async function opening(folder: string): Promise<void> {
  const small = join(folder, 'small');
  const large = join(folder, 'large');
  fill(small, 0);
  fill(large, 2 ** 30);
  const { size, blocks } = statSync(large);
  console.log(`\n${(size / 2 ** 30).toFixed(2)} GiB long, ${(blocks / 2 ** 21).toFixed(2)} GiB on the disk`);
  const opens = (path: string, read: boolean) => ({
    count: 1,
    run() {
      using store = ObjectStore.open(openWith(sec2, { name: path, mode: 'r' }), schema, readOnly);
      if (read && store.root.points.at(500)!.n !== 500) throw new Error('another record');
    },
  });
  const samples = await race(15, {
    '1 GiB': opens(large, false),
    'a few records': opens(small, false),
    '1 GiB, one read': opens(large, true),
    'a few records, one read': opens(small, true),
  });
  report('open and close', samples);
  for (const more of ['', ', one read']) {
    const ratio = samples.get(`1 GiB${more}`)!.median / samples.get(`a few records${more}`)!.median;
    check(`open${more} in O(1): 1 GiB ≤ 2 × the time of a few records`, `${ratio.toFixed(2)} ×`, ratio <= 2);
  }
}

/** At least so many bytes of records, with a commit every million. */
function fill(path: string, bytes: number): void {
  using store = ObjectStore.open(openWith(sec2, { name: path, mode: 'w' }), schema);
  const { points } = store.root;
  for (let index = 0; index < 1000; index++) points.push(pointOf(index));
  store.commit();
  while (store.stat().heapBytes < bytes) {
    for (let index = 0; index < 1e6; index++) points.push(pointOf(index));
    store.commit();
  }
}
