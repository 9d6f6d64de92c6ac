import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { prologue, runChild, scratchFolder } from './child.fixture.js';
import { map, mapAnonymous, mutexBytes, reopen } from './index.js';

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'words');
const words = map(path, { mode: 'read-write', create: true, length: 4096 });
afterAll(() => words.closeAsync());
const int32 = words.view(Int32Array);
const coded = (code: string) => expect.objectContaining({ code });

/** A process of its own that maps the same words, as `mapping` and `int32`. */
function partner(code: string): ChildProcess {
  const opening = `const mapping = mmap.reopen(${JSON.stringify(words.describe())}); const int32 = mapping.view(Int32Array);`;
  return spawn(process.execPath, ['--input-type=module', '-e', `${prologue(folder)}\n${opening}\n${code}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

describe('words', () => {
  it('are counted exactly by two processes at once', async () => {
    const rounds = 200_000;
    const child = partner(`for (let i = 0; i < ${rounds}; i++) Atomics.add(int32, 0, 1);`);
    for (let round = 0; round < rounds; round++) Atomics.add(int32, 0, 1);
    await once(child, 'exit');
    expect(Atomics.load(int32, 0)).toBe(2 * rounds);
  });

  it('wake a sleeper in another process', async () => {
    const child = partner(`
      while (mapping.words.wait(16, 0) !== 'not-equal') {}
      Atomics.store(int32, 5, Atomics.load(int32, 4) + 1);
      mapping.words.notify(20);
    `);
    await new Promise((done) => setTimeout(done, 100));
    Atomics.store(int32, 4, 41);
    words.words.notify(16);
    while ((await words.words.waitAsync(20, 0)) === 'ok');
    expect(Atomics.load(int32, 5)).toBe(42);
    await once(child, 'exit');
  });

  it('say how a wait ended', async () => {
    expect(words.words.wait(64, 1, 1000)).toBe('not-equal');
    expect(words.words.wait(64, 0, 5)).toBe('timed-out');
    expect(await words.words.waitAsync(64, 0, { timeout: 5 })).toBe('timed-out');
    expect(words.words.notify(64)).toBe(0);
    int32[17] = -1;
    expect(words.words.wait(68, -1, 0)).toBe('timed-out');
    const waits = [words.words.waitAsync(64, 0), words.words.waitAsync(64, 0), words.words.waitAsync(64, 0)];
    let woken = 0;
    while (woken < 1) woken += words.words.notify(64, 1);
    while (woken < 3) woken += words.words.notify(64);
    expect(await Promise.all(waits)).toEqual(['ok', 'ok', 'ok']);
  });

  it('end a wait by abort, and keep the mapping open until then', async () => {
    const controller = new AbortController();
    const waiting = words.words.waitAsync(72, 0, { signal: controller.signal });
    expect(() => words.close()).toThrow(coded('MAP_PINNED'));
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    await expect(words.words.waitAsync(72, 0, { signal: controller.signal })).rejects.toBe('enough');
  });

  it('need a mapping that is written to', () => {
    using reader = map(path);
    expect(() => reader.words.wait(0, 0, 0)).toThrow(coded('MAP_READ_ONLY'));
    expect(() => reader.words.mutex(0)).toThrow(coded('MAP_READ_ONLY'));
  });
});

describe('a mutex', () => {
  it('is held by one at a time', () => {
    const mutex = words.words.mutex(128);
    expect(mutexBytes).toBe(16);
    const hold = mutex.lock();
    expect(hold.recovered).toBe(false);
    expect(() => mutex.lock()).toThrow(coded('MAP_DEADLOCK'));
    expect(() => mutex.tryLock()).toThrow(coded('MAP_DEADLOCK'));
    expect(() => words.close()).toThrow(coded('MAP_PINNED'));
    hold.release();
    hold.release();
    mutex.tryLock()?.release();
    const broken = mutex.lock();
    int32[32] = 0;
    expect(() => broken.release()).toThrow(coded('MAP_DEADLOCK'));
    expect(() => words.words.mutex(129)).toThrow(coded('MAP_UNALIGNED'));
  });

  it('guards what two processes do', async () => {
    const rounds = 20_000;
    const work = `const mutex = mapping.words.mutex(144);
      for (let i = 0; i < ${rounds}; i++) { const hold = mutex.lock(); int32[48] = int32[48] + 1; hold.release(); }`;
    const child = partner(work);
    const mutex = words.words.mutex(144);
    for (let round = 0; round < rounds; round++) {
      using _hold = mutex.lock();
      int32[48] = int32[48]! + 1;
    }
    await once(child, 'exit');
    expect(int32[48]).toBe(2 * rounds);
  });

  it('is waited for, by the thread and beside it', async () => {
    const child = partner(
      `const hold = mapping.words.mutex(160).lock(); console.log('held'); process.stdin.once('data', () => { hold.release(); process.exit(); });`,
    );
    await once(child.stdout!, 'data');
    const mutex = words.words.mutex(160);
    expect(mutex.tryLock()).toBeUndefined();
    expect(() => mutex.lock({ timeout: 30 })).toThrow(coded('MAP_LOCKED'));
    await expect(mutex.lockAsync({ timeout: 30 })).rejects.toThrow(coded('MAP_LOCKED'));
    const controller = new AbortController();
    const aborted = mutex.lockAsync({ signal: controller.signal });
    controller.abort('enough');
    await expect(aborted).rejects.toBe('enough');
    const waiting = mutex.lockAsync();
    child.stdin!.write('go');
    const hold = await waiting;
    expect(hold.recovered).toBe(false);
    hold.release();
    await once(child, 'exit');
  });

  it.each(['lock', 'lockAsync'] as const)(
    'is recovered by %s from a process that was killed',
    async (method) => {
      const child = partner(
        `mapping.words.mutex(176).lock(); console.log('held'); setInterval(() => {}, 1000);`,
      );
      await once(child.stdout!, 'data');
      const mutex = words.words.mutex(176);
      expect(mutex.tryLock()).toBeUndefined();
      child.kill('SIGKILL');
      const hold = await mutex[method]();
      expect(hold.recovered).toBe(true);
      hold.release();
      mutex.lock().release();
    },
  );

  it('is recovered from a thread that ended', async () => {
    const code = `
      const mapping = mmap.mapAnonymous(64);
      const mutex = mapping.words.mutex(16);
      const worker = startWorker(\`
        globalThis.hold = mmap.reopen(workerData).words.mutex(16).lock();
        parentPort.postMessage('held');
        setInterval(() => {}, 1000);\`, mapping.describe());
      await once(worker, 'message');
      assert.equal(mutex.tryLock(), undefined);
      await worker.terminate();
      const hold = mutex.lock({ timeout: 10000 });
      assert.equal(hold.recovered, true);
    `;
    expect(runChild(code)).toMatchObject({ status: 0, stderr: '' });
  });

  it('left by another boot is free, and of another namespace is refused', () => {
    using memory = mapAnonymous(64);
    const mutex = memory.words.mutex(0);
    const fields = memory.view(Uint32Array);
    mutex.lock().release();
    const [boot, space] = [fields[2]!, fields[3]!];
    fields.set([4242, 1, boot ^ 1, space]);
    const hold = mutex.lock();
    expect([hold.recovered, fields[2], fields[3]]).toEqual([true, boot, space]);
    hold.release();
    fields.set([4242, 1, boot, space ^ 1]);
    expect(() => mutex.lock()).toThrow(coded('MAP_UNSUPPORTED'));
    using again = reopen(memory.describe());
    expect(again.view(Uint32Array)[0]).toBe(4242);
  });
});
