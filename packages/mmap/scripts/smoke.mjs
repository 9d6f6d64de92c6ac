// What every platform must do, in one file that needs nothing but Node: for emulators and for a release's last look.
// node scripts/smoke.mjs [the package's index.js]
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const file = process.argv[2] ?? new URL('../dist/index.js', import.meta.url).pathname;
const mmap = await import(pathToFileURL(file).href);
const { map, mapAnonymous, reopen } = mmap;

if (!isMainThread) {
  const mapping = reopen(workerData);
  const words = mapping.view(Int32Array);
  for (let round = 0; round < 2000; round++) {
    const hold = mapping.words.mutex(64).lock();
    words[8] += 1;
    hold.release();
  }
  Atomics.store(words, 0, 1);
  mapping.words.notify(0);
} else {
  await main();
}

async function main() {
  const windows = process.platform === 'win32';
  const folder = mkdtempSync(join(tmpdir(), 'terrane-smoke-'));
  const path = join(folder, 'file');
  assert.equal(mmap.nativeProblem, undefined);

  writeFileSync(
    path,
    Uint8Array.from({ length: 200_001 }, (_, index) => index % 251),
  );
  const reader = map(path, { offset: 70_003, kind: 'mapped' });
  assert.equal(reader.length, 129_998);
  assert.equal(reader.bytes[0], 70_003 % 251);
  assert.equal(reader.bytes.at(-1), 200_000 % 251);
  reader.bytes[0] = 255;
  assert.equal(readFileSync(path)[70_003], 70_003 % 251);
  const strict = map(path, { strict: true });
  strict.view(Uint8Array)[5] = 9;
  assert.throws(() => strict.check(), { code: 'MAP_STRAY_STORE' });
  assert.throws(() => map(join(folder, 'absent')), { code: 'MAP_OPEN' });

  const writer = map(path, { mode: 'read-write' });
  const view = writer.bytes;
  view[100] = 1;
  writer.flush();
  await writer.flushAsync(0, 4096);
  assert.equal(readFileSync(path)[100], 1);
  writer.resize(500_000);
  writer.bytes[499_999] = 7;
  view[101] = 8;
  writer.flush();
  assert.deepEqual([readFileSync(path)[499_999], writer.bytes[101]], [7, 8]);
  writer.advise('willneed');
  writer.lock(0, 4096);
  writer.unlock(0, 4096);
  assert.equal(writer.residency(0, 1)[0], 1);
  writer.protect('read', 0, 10);
  view[3] = 77;
  assert.equal(readFileSync(path)[3], 3);
  reader.close();
  strict.close();
  writer.close();
  const cut = map(path, { mode: 'read-write' });
  cut.resize(600_000);
  cut.resize(400_000);
  cut.resize(500_000);
  assert.deepEqual([cut.bytes[101], cut.bytes[450_000], readFileSync(path).length], [8, 0, 500_000]);
  cut.close();
  assert.equal(view.length, 0);
  const empty = map(join(folder, 'new'), { mode: 'read-write', create: true });
  empty.resize(10);
  empty.bytes[9] = 1;
  empty.close();
  assert.equal(readFileSync(join(folder, 'new'))[9], 1);

  const memory = mapAnonymous(100);
  memory.bytes[99] = 1;
  memory.resize(1000);
  assert.deepEqual([memory.bytes[99], memory.bytes[999]], [1, 0]);
  memory.close();

  const lock = mmap.tryLockFile(path, { offset: 600_000, length: 10 });
  assert.equal(mmap.tryLockFile(path), undefined);
  assert.equal(mmap.tryLockFile(path, { offset: 600_000, length: 1, kind: 'shared' }), undefined);
  lock.release();
  mmap.tryLockFile(path, { kind: 'shared' }).release();
  await assert.rejects(
    withLock(path, () => mmap.lockFile(path, { timeout: 20 })),
    { code: 'MAP_LOCKED' },
  );

  const shared = map(join(folder, 'words'), { mode: 'read-write', create: true, length: 4096 });
  const words = shared.view(Int32Array);
  const worker = new Worker(new URL(import.meta.url), { workerData: shared.describe(), argv: [file] });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  for (let round = 0; round < 2000; round++) {
    const hold = shared.words.mutex(64).lock();
    words[8] += 1;
    hold.release();
  }
  while (Atomics.load(words, 0) === 0) await shared.words.waitAsync(0, 0, { timeout: 1000 });
  await ended;
  assert.equal(words[8], 4000);
  assert.equal(shared.words.wait(0, 1, 10), 'timed-out');
  shared.close();

  if (!windows) {
    const torn = map(path);
    const bytes = torn.bytes;
    truncateSync(path, 0);
    assert.equal(bytes[400_000], 0);
    assert.throws(() => torn.check(), { code: 'MAP_TORN' });
    torn.close();
  }
  for (let round = 0; round < 2000; round++) {
    const mapping = map(join(folder, 'words'));
    mapping.bytes[0];
    mapping.close();
  }
  rmSync(folder, { recursive: true, force: true });
  console.log('ok', process.platform, process.arch, process.version);
}

async function withLock(path, run) {
  const lock = mmap.tryLockFile(path);
  try {
    return await run();
  } finally {
    lock.release();
  }
}
