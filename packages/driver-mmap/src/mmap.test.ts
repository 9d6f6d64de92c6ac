import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createRegistry, openWith } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { temporaryFolder } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { mmap } from './index.js';

const page = 4096;

/** What a call throws. */
function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Runs a line of JavaScript in another process, with `fs` and the path of the file. */
function elsewhere(path: string, code: string): void {
  const program = `const fs = require('node:fs'); const path = process.argv[1]; ${code}`;
  expect(spawnSync(process.execPath, ['-e', program, path], { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  });
}

/** A file of some pages, each full of its number from 1 on. */
function pages(path: string, count: number): void {
  writeFileSync(
    path,
    Buffer.concat(Array.from({ length: count }, (_, index) => Buffer.alloc(page, index + 1))),
  );
}

describe('opening', () => {
  it('names the file, and what is wrong with it', () => {
    using folder = temporaryFolder();
    const open = (name: string | undefined, mode: 'r' | 'r+') => () =>
      openWith(mmap, { ...(name !== undefined && { name }), mode });
    expect(thrown(open(folder.join('none'), 'r+'))).toMatchObject({
      code: 'IO_NOT_FOUND',
      op: 'open',
      driver: 'mmap',
      target: folder.join('none'),
      cause: { code: 'ENOENT' },
    });
    expect(thrown(open(folder.path, 'r'))).toMatchObject({ code: 'IO_IS_DIRECTORY', target: folder.path });
    expect(thrown(open(folder.path, 'r+'))).toMatchObject({ code: 'IO_IS_DIRECTORY' });
    expect(thrown(open('/dev/null', 'r'))).toMatchObject({ code: 'IO_UNSUPPORTED', feature: 'open' });
    expect(thrown(open(undefined, 'r'))).toMatchObject({ code: 'DRV_BAD_OPTION' });
  });

  it.each([
    ['reserve', -1],
    ['reserve', '1GiB'],
    ['sparse', 1],
    ['strict', 'yes'],
    ['populate', 0],
    ['kind', 'magic'],
  ])('refuses %s: %j', (option, value) => {
    using folder = temporaryFolder();
    const spec = { name: folder.join('a'), mode: 'w' as const, options: { [option]: value } };
    expect(thrown(() => openWith(mmap, spec))).toMatchObject({ code: 'DRV_BAD_OPTION', driver: 'mmap' });
    expect(existsSync(folder.join('a'))).toBe(false);
  });

  it('is found by the name that HDF5 would give it, and by URL', async () => {
    using folder = temporaryFolder();
    pages(folder.join('a'), 1);
    const registry = createRegistry([
      { name: 'mmap', aliases: ['H5FD_MMAP'], schemes: ['mmap'], load: () => import('./index.js') },
    ]);
    const file = await registry.open({ driver: 'H5FD_MMAP', name: folder.join('a') });
    expect(file.manifest.driver).toBe('mmap');
    await file.close();
    const other = await registry.open(`mmap:${folder.join('a')}?mode=r+&sparse=true`);
    expect(await other.size()).toBe(page);
    await other.close();
  });
});

describe('views', () => {
  it('are the file itself: what another process writes is there, and growth moves nothing', () => {
    using folder = temporaryFolder();
    const path = folder.join('a');
    pages(path, 2);
    using file = openWith(mmap, { name: path, mode: 'r+' });
    using lease = file.view(page - 2, 4)!;
    const bytes = lease.bytes;
    expect([...bytes]).toEqual([1, 1, 2, 2]);
    elsewhere(path, `const fd = fs.openSync(path, 'r+'); fs.writeSync(fd, Buffer.of(77), 0, 1, ${page});`);
    expect([...bytes]).toEqual([1, 1, 77, 2]);
    file.write(10 * page, Uint8Array.of(9));
    file.write(page + 1, Uint8Array.of(88));
    expect(lease.bytes).toBe(bytes);
    expect([...bytes]).toEqual([1, 1, 77, 88]);
    // No flush, no close: it is the system's memory of the file already.
    expect(readFileSync(path)[page + 1]).toBe(88);
    expect(statSync(path).size).toBe(10 * page + 1);
  });

  it('outlive a cut that spares them, by another array', () => {
    using folder = temporaryFolder();
    pages(folder.join('a'), 4);
    using file = openWith(mmap, { name: folder.join('a'), mode: 'r+' });
    using spared = file.view(0, 3)!;
    using cut = file.view(2 * page, 3)!;
    file.truncate(page);
    file.truncate(4 * page);
    expect([...spared.bytes]).toEqual([1, 1, 1]);
    expect(thrown(() => cut.bytes)).toMatchObject({ code: 'IO_LEASE_ENDED', offset: 2 * page, length: 3 });
    using fresh = file.view(2 * page, 3)!;
    expect([...fresh.bytes]).toEqual([0, 0, 0]);
  });

  it('are refused, and the bytes still read, where no array can hold them', () => {
    using folder = temporaryFolder();
    using file = openWith(mmap, { name: folder.join('a'), mode: 'w', options: { sparse: true } });
    file.truncate(5 * 2 ** 30);
    expect(file.view(0, 3 * 2 ** 30)).toBeUndefined();
    using lease = file.view(2 ** 32 - 2, 4)!;
    file.write(2 ** 32 - 1, Uint8Array.of(5, 6));
    expect([...lease.bytes]).toEqual([0, 5, 6, 0]);
  });

  it('that are stored into do not kill the process, and strict tells', () => {
    using folder = temporaryFolder();
    pages(folder.join('a'), 1);
    const file = openWith(mmap, { name: folder.join('a'), options: { strict: true } });
    using lease = file.view(0, 4)!;
    lease.bytes[0] = 99;
    const error = thrown(() => file.read(0, new Uint8Array(1)));
    expect(error).toMatchObject({ code: 'MAP_STRAY_STORE', driver: 'mmap', target: folder.join('a') });
    file.close();
    expect(readFileSync(folder.join('a'))[0]).toBe(1);
  });
});

describe('what others do to the file', () => {
  it('a cut underneath is IO_CHANGED naming the driver, and not the end of the process', () => {
    using folder = temporaryFolder();
    const path = folder.join('a');
    pages(path, 8);
    for (const mode of ['r', 'r+'] as const) {
      pages(path, 8);
      const file = openWith(mmap, { name: path, mode });
      using lease = file.view(6 * page, 10)!;
      const bytes = lease.bytes;
      elsewhere(path, `fs.truncateSync(path, ${page});`);
      // The page is gone: zeros take its place, and the next call says so.
      expect([...bytes]).toEqual(new Array(10).fill(0));
      const target = new Uint8Array(4);
      for (const call of [
        () => file.read(5 * page, target),
        () => file.read(0, target),
        () => file.size(),
        () => file.view(0, 1),
        () => lease.bytes,
      ]) {
        const error = thrown(call);
        expect(error).toMatchObject({ code: 'IO_CHANGED', driver: 'mmap', target: path });
        expect(isTerraneError((error as Error).cause, 'MAP_TORN')).toBe(true);
      }
      if (mode === 'r+') {
        for (const call of [() => file.write(0, target), () => file.truncate(2), () => file.flush()]) {
          expect(thrown(call)).toMatchObject({ code: 'IO_CHANGED', driver: 'mmap' });
        }
      }
      file.close();
      expect(statSync(path).size).toBe(page);
    }
  });

  it('size notices a cut that no read has met yet', () => {
    using folder = temporaryFolder();
    pages(folder.join('a'), 2);
    using file = openWith(mmap, { name: folder.join('a') });
    truncateSync(folder.join('a'), page + 5);
    expect(thrown(() => file.size())).toMatchObject({ code: 'IO_CHANGED', op: 'size' });
  });

  it('growth is followed, for reading and for writing', () => {
    using folder = temporaryFolder();
    const path = folder.join('a');
    for (const mode of ['r', 'r+'] as const) {
      pages(path, 1);
      using file = openWith(mmap, { name: path, mode });
      using lease = file.view(0, 1)!;
      const before = lease.bytes;
      elsewhere(path, `fs.appendFileSync(path, Buffer.alloc(${5 * page}, 7));`);
      const target = new Uint8Array(3);
      expect(file.read(page + 9, target)).toBe(3);
      expect([...target]).toEqual([7, 7, 7]);
      expect(file.size()).toBe(6 * page);
      expect([before[0], lease.bytes[0], file.view(6 * page - 1, 9)!.bytes.length]).toEqual([1, 1, 1]);
    }
  });

  it('locks keep out other processes that use flock, as HDF5 does', () => {
    using folder = temporaryFolder();
    pages(folder.join('a'), 1);
    const flock = (...how: string[]) => spawnSync('flock', [...how, '-n', folder.join('a'), 'true']).status;
    using file = openWith(mmap, { name: folder.join('a'), mode: 'r+' });
    const shared = file.lock('shared');
    expect([flock('-s'), flock('-x')]).toEqual([0, 1]);
    shared.release();
    file.lock('exclusive');
    expect([flock('-s'), flock('-x')]).toEqual([1, 1]);
    file.close();
    expect(flock('-x')).toBe(0);
  });
});

it.runIf(existsSync('/dev/shm'))('a full disk is found out on growth, which then changes nothing', () => {
  const path = `/dev/shm/terrane-mmap-${process.pid}`;
  pages(path, 1);
  using file = openWith(mmap, { name: path, mode: 'r+' });
  spawnSync('rm', [path]);
  const huge = () => file.write(2 ** 45, Uint8Array.of(1));
  expect(thrown(huge)).toMatchObject({ code: 'IO_NO_SPACE', driver: 'mmap', op: 'write', offset: 2 ** 45 });
  expect(file.size()).toBe(page);
  file.write(0, Uint8Array.of(5));
  expect(file.view(0, 2)!.bytes[0]).toBe(5);
});

it('copies, where nothing can be mapped, promise less and hold the same bytes', () => {
  using folder = temporaryFolder();
  pages(folder.join('a'), 1);
  const mapped = openWith(mmap, { name: folder.join('a'), mode: 'r+' });
  const copied = openWith(mmap, { name: folder.join('a'), mode: 'r+', options: { kind: 'copied' } });
  expect(mapped.manifest).toMatchObject({ capabilities: { lock: true }, guarantees: { shared: true } });
  expect(copied.manifest.capabilities).toEqual({ view: true, write: true, truncate: true, flush: true });
  expect(copied.manifest.guarantees).toEqual({ durableFlush: true });
  copied.write(0, Uint8Array.of(42));
  copied.flush();
  const target = new Uint8Array(1);
  mapped.read(0, target);
  expect(target[0]).toBe(42);
  copied.close();
  mapped.close();
});
