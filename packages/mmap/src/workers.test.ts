import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runChild, scratchFolder, survives } from './child.fixture.js';
import { map, mapAnonymous, reopen } from './index.js';

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));

it('describes a mapping by plain data, which leads to the same bytes', () => {
  const path = join(folder, 'described');
  writeFileSync(path, new Uint8Array(10_000));
  using mapping = map(path, { mode: 'read-write', offset: 5000, reserve: 1 << 20 });
  mapping.resize(6000);
  const description = JSON.parse(JSON.stringify(structuredClone(mapping.describe())));
  using again = reopen(description);
  again.bytes[5999] = 3;
  expect(mapping.bytes[5999]).toBe(3);
  expect(again).toMatchObject({ length: 6000, offset: 5000, mode: 'read-write', target: path });
  expect(again.describe()).toEqual(mapping.describe());
  using memory = mapAnonymous(100);
  memory.bytes[7] = 8;
  using shared = reopen(memory.describe());
  expect([shared.bytes[7], shared.length]).toEqual([8, 100]);
});

it('notices when a description leads to another file by now', () => {
  const path = join(folder, 'replaced');
  writeFileSync(path, 'one');
  using mapping = map(path);
  const description = mapping.describe();
  writeFileSync(`${path}.new`, 'two');
  renameSync(`${path}.new`, path);
  expect(() => reopen(description)).toThrow(expect.objectContaining({ code: 'MAP_CHANGED', target: path }));
  rmSync(path);
  expect(() => reopen(description)).toThrow(expect.objectContaining({ code: 'MAP_OPEN' }));
  expect(() => reopen({} as typeof description)).toThrow(TypeError);
  using copy = mapAnonymous(10, { kind: 'copied' });
  expect(() => copy.describe()).toThrow(expect.objectContaining({ code: 'MAP_UNSUPPORTED' }));
});

it('loads in many workers at once, with nothing loaded before, and they count together', () => {
  survives(`
    const path = fileOf(new Uint8Array(4096));
    const body = \`
      const words = mmap.map(workerData, { mode: 'read-write' }).view(Int32Array);
      for (let i = 0; i < 10000; i++) Atomics.add(words, 0, 1);\`;
    await Promise.all(Array.from({ length: 8 }, () => once(startWorker(body, path), 'exit')));
    assert.equal(fs.readFileSync(path).readInt32LE(0), 80000);
  `);
});

it('leaves nothing behind when workers end, however they end', () => {
  survives(`
    const path = fileOf(Buffer.alloc(1 << 20, 1));
    const body = \`
      const mapping = mmap.map(workerData);
      const memory = mmap.mapAnonymous(4096);
      const lock = mmap.tryLockFile(workerData, { kind: 'shared' });
      globalThis.kept = [mapping, mapping.bytes, mapping.pin(), memory, lock, memory.words.waitAsync(0, 0)];
      parentPort.postMessage(0);
      setInterval(() => {}, 1000);\`;
    const descriptors = () => fs.readdirSync('/proc/self/fd').length;
    const round = async () => {
      const workers = Array.from({ length: 4 }, () => startWorker(body, path));
      await Promise.all(workers.map((one) => once(one, 'message')));
      assert.equal(mmap.memoryUsage().regions, 8);
      await Promise.all(workers.map((one) => one.terminate()));
    };
    await round();
    const before = descriptors();
    for (let i = 0; i < 4; i++) await round();
    assert.equal(mmap.memoryUsage().regions, 0);
    assert.equal(descriptors(), before);
    const lock = mmap.tryLockFile(path);
    assert.ok(lock);
  `);
});

it('lets a thread read on when another closes its mapping, or ends', () => {
  survives(`
    const path = fileOf(Buffer.alloc(1 << 20, 1));
    const mapping = mmap.map(path, { mode: 'read-write' });
    const body = \`
      const bytes = mmap.reopen(workerData).bytes;
      const sum = () => { let total = 0; for (let i = 0; i < bytes.length; i++) total += bytes[i]; return total; };
      parentPort.postMessage(sum());
      for (;;) if (sum() !== 1 << 20) parentPort.postMessage('wrong');\`;
    const one = startWorker(body, mapping.describe());
    const two = startWorker(body, mapping.describe());
    await Promise.all([once(one, 'message'), once(two, 'message')]);
    mapping.close();
    for (let i = 0; i < 1500; i++) mmap.map(path).close();
    let wrong = 0;
    two.on('message', () => wrong++);
    await one.terminate();
    await new Promise((done) => setTimeout(done, 50));
    assert.equal(wrong, 0);
    await two.terminate();
  `);
});

it('goes on when the thread that loaded it first is gone', () => {
  const code = `
    const path = fileOf(Buffer.alloc(65536, 1));
    await once(startWorker('mmap.map(workerData, { strict: true }).bytes[0];', path), 'exit');
    const worker = startWorker(\`
      const bytes = mmap.map(workerData).bytes;
      parentPort.postMessage('mapped');
      parentPort.once('message', () => parentPort.postMessage(bytes[9]));\`, path);
    await once(worker, 'message');
    truncate(path, 0);
    worker.postMessage('read');
    assert.equal((await once(worker, 'message'))[0], 0);
  `;
  // Here only workers load the addon, so that the last of them would take it away.
  const result = runChild(code, { main: false });
  expect(result).toMatchObject({ status: 0, signal: null, stderr: '' });
});

it('is copied by postMessage, never moved', () => {
  survives(`
    const mapping = mmap.map(fileOf('hello'));
    const bytes = mapping.bytes;
    const copy = structuredClone(bytes);
    assert.equal(Buffer.from(copy).toString(), 'hello');
    // Node 20 copies what it may not move; later versions refuse.
    try { structuredClone(bytes, { transfer: [bytes.buffer] }); } catch (error) { assert.equal(error.name, 'DataCloneError'); }
    assert.equal(bytes.length, 5);
  `);
});

it('is reopened by another process, memory without a name too', () => {
  using memory = mapAnonymous(1000);
  memory.bytes[999] = 6;
  const result = runChild(`
    const mapping = mmap.reopen(${JSON.stringify(memory.describe())});
    mapping.bytes[0] = mapping.bytes[999] + 1;
  `);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(memory.bytes[0]).toBe(7);
});
