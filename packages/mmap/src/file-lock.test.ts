import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runChild, scratchFolder } from './child.fixture.js';
import { lockFile, map, tryLockFile } from './index.js';

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'file');
writeFileSync(path, new Uint8Array(1000));
const coded = (code: string) => expect.objectContaining({ code });

/** Another program's opinion: does it get the lock at once? */
const flockProgram = (kind: '-s' | '-x') => spawnSync('flock', ['-n', kind, path, 'true']).status === 0;
const python = (call: string) =>
  spawnSync('python3', ['-c', `import fcntl\nf = open(${JSON.stringify(path)}, 'r+b')\n${call}`]).status ===
  0;
const fcntlProgram = (kind: 'EX' | 'SH', length = 0, offset = 0) =>
  python(`fcntl.lockf(f, fcntl.LOCK_${kind} | fcntl.LOCK_NB, ${length}, ${offset})`);

describe('a lock', () => {
  it('keeps out programs that lock ranges, where they overlap', () => {
    const lock = tryLockFile(path, { offset: 100, length: 50 });
    expect(lock?.kind).toBe('exclusive');
    expect([fcntlProgram('SH'), fcntlProgram('EX', 10, 149), fcntlProgram('EX', 10, 150)]).toEqual([
      false,
      false,
      true,
    ]);
    lock?.release();
    lock?.release();
    expect(fcntlProgram('EX')).toBe(true);
  });

  it('is shared when asked to be', () => {
    using first = tryLockFile(path, { kind: 'shared' });
    using second = tryLockFile(path, { kind: 'shared' });
    expect([first, second]).not.toContain(undefined);
    expect([fcntlProgram('SH'), fcntlProgram('EX')]).toEqual([true, false]);
    expect(tryLockFile(path)).toBeUndefined();
  });

  it('keeps out programs that lock the whole file by flock', () => {
    using lock = tryLockFile(path, { style: 'flock' });
    expect([lock?.kind, flockProgram('-s'), flockProgram('-x')]).toEqual(['exclusive', false, false]);
    lock?.release();
    using shared = tryLockFile(path, { style: 'flock', kind: 'shared' });
    expect([shared?.kind, flockProgram('-s'), flockProgram('-x')]).toEqual(['shared', true, false]);
  });

  it('excludes others of this process, too, and takes a descriptor or a mapping', () => {
    const descriptor = openSync(path, 'r+');
    using mapping = map(path, { mode: 'read-write', offset: 10 });
    const lock = mapping.tryLockFile({ offset: 5, length: 1 });
    expect(lock).toBeDefined();
    expect([tryLockFile(path), tryLockFile(descriptor), mapping.tryLockFile()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    lock?.release();
    const other = tryLockFile(descriptor);
    // Closing another descriptor of the file ends no lock: classic POSIX locks would be lost here.
    closeSync(descriptor);
    closeSync(openSync(path, 'r'));
    expect(fcntlProgram('EX')).toBe(false);
    other?.release();
  });

  it('leaves no descriptor behind', async () => {
    const count = () => readdirSync('/proc/self/fd').length;
    using held = tryLockFile(path);
    const before = count();
    for (let round = 0; round < 20; round++) expect(tryLockFile(path)).toBeUndefined();
    await expect(lockFile(path, { timeout: 5 })).rejects.toThrow(coded('MAP_LOCKED'));
    expect(count()).toBe(before);
    held?.release();
    (await lockFile(path)).release();
    expect(count()).toBe(before - 1);
  });

  it('is taken through a copy, too, by its path', () => {
    using copy = map(path, { kind: 'copied' });
    using lock = copy.tryLockFile();
    expect([lock?.kind, fcntlProgram('SH')]).toEqual(['exclusive', false]);
    const descriptor = openSync(path, 'r');
    using nameless = map(descriptor, { kind: 'copied' });
    expect(() => nameless.tryLockFile()).toThrow(coded('MAP_UNSUPPORTED'));
    closeSync(descriptor);
  });

  it('does not wait for the other end of a FIFO', () => {
    spawnSync('mkfifo', [join(folder, 'fifo')]);
    tryLockFile(join(folder, 'fifo'), { kind: 'shared' })?.release();
  });

  it('refuses what makes no sense', () => {
    expect(() => tryLockFile(join(folder, 'absent'))).toThrow(coded('MAP_OPEN'));
    expect(() => tryLockFile(-1)).toThrow(TypeError);
    expect(() => tryLockFile(99_999)).toThrow(coded('MAP_OPEN'));
    expect(() => tryLockFile(path, { length: 0 })).toThrow(RangeError);
    expect(() => tryLockFile(path, { style: 'flock', offset: 1 })).toThrow(TypeError);
    expect(() => tryLockFile(path, { timeout: 1 } as object)).toThrow(/unknown option/);
    const code = `assert.throws(() => mmap.tryLockFile(fileOf('x')), { code: 'MAP_UNSUPPORTED' });`;
    expect(runChild(code, { env: { TERRANE_MMAP_NATIVE: '0' } })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('waiting for a lock', () => {
  const holder = async (): Promise<ChildProcess> => {
    const code = `import fcntl, sys\nf = open(${JSON.stringify(path)}, 'r+b')\nfcntl.lockf(f, fcntl.LOCK_EX)\nprint('held', flush=True)\nsys.stdin.read()`;
    const child = spawn('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout!, 'data');
    return child;
  };

  it('ends when another process lets go', async () => {
    const child = await holder();
    const waiting = lockFile(path, { timeout: 20_000 });
    child.stdin!.end();
    using lock = await waiting;
    expect(lock.kind).toBe('exclusive');
  });

  it('ends when another process is killed', async () => {
    const child = await holder();
    const waiting = lockFile(path);
    child.kill('SIGKILL');
    (await waiting).release();
  });

  it('ends by timeout and by abort', async () => {
    using _held = tryLockFile(path);
    await expect(lockFile(path, { timeout: 20 })).rejects.toThrow(coded('MAP_LOCKED'));
    await expect(lockFile(path, { timeout: -1 })).rejects.toThrow(RangeError);
    const reason = { why: 'enough' };
    const controller = new AbortController();
    const waiting = lockFile(path, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await expect(waiting).rejects.toBe(reason);
    await expect(lockFile(path, { signal: controller.signal })).rejects.toBe(reason);
  });
});
