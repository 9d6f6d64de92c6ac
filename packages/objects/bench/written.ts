import { join } from 'node:path';
import { openWith } from '@terrane/driver';
import { wrapFile } from '@terrane/driver-kit';
import { sec2 } from '@terrane/drivers';
import { ObjectStore } from '@terrane/objects';
import { check, sampleOf, showTime } from './measure.js';
import { schema } from './point-schema.js';

const count = 4_000_000;

/** Bytes that a commit of scattered pages writes. */
export function written(folder: string): void {
  let bytes = 0;
  const file = wrapFile(openWith(sec2, { name: join(folder, 'store'), mode: 'w' }), (op, args, call) => {
    if (op === 'write') bytes += (args[1] as Uint8Array).length;
    return call();
  });
  using store = ObjectStore.open(file, schema);
  const { values } = store.root;
  const start = process.hrtime.bigint();
  for (let index = 0; index < count; index++) values.push(index);
  const push = Number(process.hrtime.bigint() - start) / count;
  console.log(`\na list of ${count} numbers: ${push.toFixed(0)} ns for each push, ${store.commit()} pages`);
  for (const changes of [1, 256, 4096]) {
    const sizes: number[] = [];
    const times: number[] = [];
    for (let round = 0; round < 9; round++) {
      // Far enough from each other to be on pages of their own.
      const step = Math.floor(count / changes);
      for (let index = 0; index < changes; index++) values.set(index * step + round, -round - changes);
      bytes = 0;
      const begin = process.hrtime.bigint();
      store.commit();
      times.push(Number(process.hrtime.bigint() - begin));
      sizes.push(bytes);
    }
    const mebibytes = sampleOf(sizes).median / 2 ** 20;
    const time = sampleOf(times);
    console.log(
      `commit of ${changes} scattered pages: ${mebibytes.toFixed(3)} MiB written, ${showTime(time.median, time.least)}`,
    );
    if (changes === 256) {
      check('256 scattered pages write ≤ 2 MiB', `${mebibytes.toFixed(2)} MiB`, mebibytes <= 2);
    }
  }
}
