// G17: faults on torn pages, on three threads at once.
import { ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { loadPackage, median, report, scratch } from './measure.mjs';

const pages = 1024;
const rounds = 4;

if (isMainThread) {
  const folder = scratch();
  const workers = [0, 1, 2].map(
    (number) => new Worker(new URL(import.meta.url), { workerData: join(folder, `file-${number}`) }),
  );
  const results = await Promise.all(
    workers.map((worker) => new Promise((done, fail) => worker.once('message', done).once('error', fail))),
  );
  const all = results.flat();
  report(
    `a fault on a torn page, median of ${all.length} on three threads`,
    median(all),
    'us',
    'at most',
    20,
  );
} else {
  const { map } = await loadPackage();
  const times = [];
  for (let round = 0; round < rounds; round++) {
    writeFileSync(workerData, Buffer.alloc(pages * 4096, 1));
    const file = openSync(workerData, 'r+');
    const mapping = map(workerData);
    const bytes = mapping.bytes;
    let total = 0;
    for (let page = pages - 1; page >= 0; page--) {
      // Cut page by page, so that each page is a fault of its own.
      ftruncateSync(file, page * 4096);
      const start = performance.now();
      total += bytes[page * 4096];
      times.push((performance.now() - start) * 1000);
    }
    if (total !== 0 || !mapping.torn) throw new Error('a torn page was not zeros');
    mapping.close();
  }
  parentPort.postMessage(times);
}
