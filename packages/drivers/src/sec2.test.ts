import { execFileSync } from 'node:child_process';
import nodeFs, { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryDriver, type OpenMode, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { sec2 } from './index.js';
import type { FileSystem } from './node-fs.js';
import { systemFailure, watchedFs } from './sabotaged-fs.fixture.js';
import { temporaryFolder } from './temporary.fixture.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const coded = (code: string) => expect.objectContaining({ code, driver: 'sec2' });

describe('sec2', () => {
  it.each([
    // mode, what is there, what happens, what is there then
    ['r', 'old', 'opens', 'old'],
    ['r+', 'old', 'opens', 'old'],
    ['a', 'old', 'opens', 'old'],
    ['w', 'old', 'opens', ''],
    ['w-', 'old', 'IO_EXISTS', 'old'],
    ['r', undefined, 'IO_NOT_FOUND', undefined],
    ['r+', undefined, 'IO_NOT_FOUND', undefined],
    ['a', undefined, 'opens', ''],
    ['w', undefined, 'opens', ''],
    ['w-', undefined, 'opens', ''],
    ['r', '', 'opens', ''],
    ['r+', '', 'opens', ''],
  ] as const)('%s of %j: %s', (mode, before, outcome, after) => {
    const name = join(temporaryFolder(), 'file');
    if (before !== undefined) writeFileSync(name, before);
    const open = () => openWith(sec2, { name, mode: mode as OpenMode });
    if (outcome === 'opens') open().close();
    else expect(open).toThrow(coded(outcome));
    expect(existsSync(name) ? readFileSync(name, 'utf8') : undefined).toBe(after);
  });

  it('names what is no file', () => {
    const folder = temporaryFolder();
    const open = (name: string, mode: OpenMode = 'r') => openWith(sec2, { name: join(folder, name), mode });
    mkdirSync(join(folder, 'sub'));
    expect(() => open('sub')).toThrow(coded('IO_IS_DIRECTORY'));
    expect(() => open('sub', 'r+')).toThrow(coded('IO_IS_DIRECTORY'));
    writeFileSync(join(folder, 'plain'), 'x');
    expect(() => open('plain/below')).toThrow(coded('IO_NOT_FOUND'));
    expect(() => open('x'.repeat(300))).toThrow(coded('IO_NOT_FOUND'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(() => open('pipe')).toThrow(coded('IO_UNSUPPORTED'));
    expect(() => openWith(sec2, {})).toThrow(coded('DRV_BAD_OPTION'));
  });

  it('says when it is not allowed', () => {
    const name = join(temporaryFolder(), 'file');
    writeFileSync(name, 'x');
    chmodSync(name, 0o444);
    // The superuser may do anything, so the refusal itself is made up.
    const fs = watchedFs((call) => {
      if (call === 'openSync') throw systemFailure('EACCES');
    });
    expect(() => openWith(sec2, { name, mode: 'r+' }, { fs })).toThrow(coded('IO_PERMISSION'));
    expect(() => openWith(sec2, { name }).write(0, bytes('y'))).toThrow(coded('IO_READ_ONLY'));
  });

  it.each([
    ['ENOSPC', 'IO_NO_SPACE'],
    ['EDQUOT', 'IO_NO_SPACE'],
    ['EROFS', 'IO_PERMISSION'],
    ['EFBIG', 'IO_OUT_OF_RANGE'],
    ['EBUSY', 'IO_LOCKED'],
    ['EBADF', 'IO_CLOSED'],
    ['EIO', 'IO_UNEXPECTED'],
  ])('types %s as %s', (system, code) => {
    const name = join(temporaryFolder(), 'file');
    const fs = watchedFs((call) => {
      if (call === 'writeSync') throw systemFailure(system);
    });
    const file = openWith(sec2, { name, mode: 'w' }, { fs });
    const error = { code, op: 'write', driver: 'sec2', target: name, offset: 3, length: 1 };
    expect(() => file.write(3, bytes('x'))).toThrow(expect.objectContaining(error));
  });

  it('goes on after partial calls and interruptions', () => {
    const name = join(temporaryFolder(), 'file');
    let interrupted = 0;
    const real = watchedFs((call) => {
      if (/^(read|write)Sync$/.test(call) && interrupted++ % 3 === 0) throw systemFailure('EINTR');
    });
    const fs: FileSystem = {
      ...nodeFs,
      readSync: (fd, target, offset, length, position) =>
        real.readSync(fd, target, offset, Math.min(length, 7), position),
      writeSync: (fd, source, offset, length, position) =>
        real.writeSync(fd, source, offset, Math.min(length, 5), position),
    };
    const file = openWith(sec2, { name, mode: 'w' }, { fs });
    const source = Uint8Array.from({ length: 100 }, (_, index) => index);
    file.write(10, source);
    file.flush();
    const target = new Uint8Array(200);
    expect(file.read(10, target)).toBe(100);
    expect(target.subarray(0, 100)).toEqual(source);
    expect(interrupted).toBeGreaterThan(20);
    const stuck = { ...nodeFs, writeSync: () => 0 };
    expect(() => openWith(sec2, { name, mode: 'w' }, { fs: stuck }).write(0, source)).toThrow(
      coded('IO_NO_SPACE'),
    );
  });

  it('reaches beyond 2 GiB, and never asks the system for more than it moves', () => {
    const name = join(temporaryFolder(), 'sparse');
    writeFileSync(name, '');
    truncateSync(name, 5 * 2 ** 30);
    const file = openWith(sec2, { name, mode: 'r+' });
    expect(file.size()).toBe(5 * 2 ** 30);
    file.write(4.5 * 2 ** 30, bytes('far'));
    const target = new Uint8Array(5);
    expect(file.read(4.5 * 2 ** 30 - 1, target)).toBe(5);
    expect([...target]).toEqual([0, 102, 97, 114, 0]);

    const lengths: number[] = [];
    const readSync: FileSystem['readSync'] = (_fd, _target, _offset, length) => {
      lengths.push(length);
      return length;
    };
    // Memory that nobody touches costs nothing.
    const large = new Uint8Array(2 ** 31 + 10);
    expect(openWith(sec2, { name }, { fs: { ...nodeFs, readSync } }).read(100, large)).toBe(large.length);
    expect(lengths).toEqual([2 ** 30, 2 ** 30, 10]);
  });

  it('does what the reference does', () => {
    const name = join(temporaryFolder(), 'file');
    const piece = fc.uint8Array({ maxLength: 300 });
    const step = fc.oneof(
      fc.record({ op: fc.constant('write' as const), position: fc.nat(2000), source: piece }),
      fc.record({ op: fc.constant('truncate' as const), size: fc.nat(2000) }),
      fc.record({ op: fc.constant('read' as const), position: fc.nat(2500), length: fc.nat(600) }),
    );
    const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const both = [openWith(sec2, { name, mode: 'w' }), openWith(memoryDriver(), { mode: 'w' })] as const;
      for (const step of steps) {
        const [a, b] = both.map((file) => {
          if (step.op === 'write') return file.write(step.position, step.source);
          if (step.op === 'truncate') return file.truncate(step.size);
          const target = new Uint8Array(step.length);
          return [file.read(step.position, target), target, file.size()];
        });
        expect(a).toEqual(b);
      }
      both[0].close();
    });
    fc.assert(property, { numRuns: 100 });
  });

  it('shares the file with other processes, both ways', () => {
    const name = join(temporaryFolder(), 'file');
    const run = (code: string) => execFileSync(process.execPath, ['-e', code, name], { encoding: 'utf8' });
    const file = openWith(sec2, { name, mode: 'w' });
    file.write(0, bytes('ours'));
    expect(run('process.stdout.write(require("fs").readFileSync(process.argv[1], "utf8"))')).toBe('ours');
    run('require("fs").appendFileSync(process.argv[1], " and theirs")');
    const target = new Uint8Array(20);
    expect(file.read(4, target)).toBe(11);
    expect(file.manifest.guarantees).toEqual({ shared: true, durableFlush: true });
  });

  it('says what is missing where there are no files', () => {
    vi.stubGlobal('process', undefined);
    try {
      expect(() => openWith(sec2, { name: 'a' })).toThrow(coded('DRV_DEPENDENCY_MISSING'));
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
