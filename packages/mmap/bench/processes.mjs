// G19: counting, locking and waking across processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { loadPackage, median, report, scratch } from './measure.mjs';

const { map, reopen, tryLockFile } = await loadPackage();
const adds = 5_000_000;
const turns = 5000;
const role = process.argv[2];

if (role === undefined) {
  const mapping = map(join(scratch(), 'words'), { mode: 'read-write', create: true, length: 4096 });
  const words = mapping.view(Int32Array);
  const partner = (name) =>
    spawn(process.execPath, [process.argv[1], name, JSON.stringify(mapping.describe())], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  const adder = partner('add');
  await once(adder.stdout, 'data');
  for (let index = 0; index < adds; index++) Atomics.add(words, 0, 1);
  await once(adder, 'exit');
  report('Atomics.add by two processes, of 10^7', Atomics.load(words, 0), 'adds', 'at least', 2 * adds);

  const echo = partner('echo');
  await once(echo.stdout, 'data');
  const times = [];
  for (let turn = 1; turn <= turns; turn++) {
    const start = performance.now();
    Atomics.store(words, 16, turn);
    mapping.words.notify(64, 1);
    while (Atomics.load(words, 32) !== turn) mapping.words.wait(128, turn - 1);
    times.push((performance.now() - start) * 1000);
  }
  await once(echo, 'exit');
  report('wake and wait between processes, there and back', median(times), 'us', 'at most', 50);

  const each = (count, run) => {
    for (let index = 0; index < count; index++) run();
    const start = performance.now();
    for (let index = 0; index < count; index++) run();
    return ((performance.now() - start) * 1000) / count;
  };
  const mutex = mapping.words.mutex(256);
  report(
    'mutex, lock + unlock',
    each(100_000, () => mutex.lock().release()),
    'us',
    'at most',
    5,
  );
  const locking = each(20_000, () => tryLockFile(mapping.target).release());
  const opening = each(20_000, () => closeSync(openSync(mapping.target, 'r+')));
  const us = `${locking.toFixed(1)} / ${opening.toFixed(1)} us`;
  report('file lock + unlock : opening and closing the file', locking / opening, 'x', 'at most', 2, us);

  const holder = partner('hold');
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  const start = performance.now();
  const hold = mapping.words.mutex(512).lock();
  if (!hold.recovered) throw new Error('not recovered');
  report('mutex of a killed process, had again after', performance.now() - start, 'ms', 'at most', 1000);
  hold.release();
} else {
  const mapping = reopen(JSON.parse(process.argv[3]));
  const words = mapping.view(Int32Array);
  if (role === 'hold') mapping.words.mutex(512).lock();
  console.log('ready');
  if (role === 'add') for (let index = 0; index < adds; index++) Atomics.add(words, 0, 1);
  if (role === 'echo') {
    for (let turn = 1; turn <= turns; turn++) {
      while (Atomics.load(words, 16) !== turn) mapping.words.wait(64, turn - 1);
      Atomics.store(words, 32, turn);
      mapping.words.notify(128, 1);
    }
  }
  if (role === 'hold') setInterval(() => {}, 1000);
}
