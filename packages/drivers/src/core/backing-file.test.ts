import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import { core } from '../index.js';
import { systemFailure, watchedFs } from '../sabotaged-fs.fixture.js';
import { namesIn, temporaryFolder } from '../temporary.fixture.js';

const mebibyte = 2 ** 20;
const coded = (code: string) => expect.objectContaining({ code, driver: 'core' });

describe('saving', () => {
  it('leaves the old file or the new one, whole, wherever it is cut off', () => {
    let calls = 0;
    /** Changes, flushes three times and closes, with the process "killed" at call `last`; true when it got through. */
    const session = (name: string, last: number): boolean => {
      calls = 0;
      const fs = watchedFs(() => {
        if (++calls > last) throw new Error('killed');
      });
      try {
        const file = openWith(core, { name, mode: 'r+' }, { fs });
        for (const generation of [1, 2, 3, 4]) {
          file.write(0, new Uint8Array(20_000 + generation).fill(generation));
          if (generation < 4) file.flush();
        }
        file.close();
        return true;
      } catch {
        return false;
      }
    };
    const seen = new Set<number>();
    for (let last = 0; ; last++) {
      const name = join(temporaryFolder(), 'file');
      writeFileSync(name, Buffer.alloc(20_000, 0));
      const through = session(name, last);
      const bytes = readFileSync(name);
      const generation = bytes[0]!;
      seen.add(generation);
      expect(bytes).toHaveLength(20_000 + generation);
      expect(bytes.every((byte) => byte === generation)).toBe(true);
      if (through) break;
    }
    expect([...seen]).toEqual([0, 1, 2, 3, 4]);
    expect(calls).toBeGreaterThan(40);
  });

  it('comes through one failure at any call: what fails can be done again, and nothing is left behind', () => {
    const openDescriptors = () => readdirSync('/proc/self/fd').length;
    for (let failing = 1; ; failing++) {
      const folder = temporaryFolder();
      const name = join(folder, 'file');
      writeFileSync(name, Buffer.alloc(20_000, 0));
      const before = openDescriptors();
      let calls = 0;
      let failed = '';
      const fs = watchedFs((call) => {
        if (++calls !== failing) return;
        failed = call;
        throw systemFailure('ENOSPC');
      });
      const twice = <T>(step: () => T): T => {
        try {
          return step();
        } catch (error) {
          expect(error).toMatchObject({ code: 'IO_NO_SPACE', driver: 'core' });
          return step();
        }
      };
      const file = twice(() => openWith(core, { name, mode: 'r+' }, { fs }));
      for (const generation of [1, 2, 3, 4]) {
        file.write(generation, new Uint8Array(20_000).fill(generation));
        twice(() => (generation < 4 ? file.flush() : file.close()));
      }
      const bytes = readFileSync(name);
      expect([...bytes.subarray(0, 6), bytes.length]).toEqual([0, 1, 2, 3, 4, 4, 20_004]);
      // What could not be removed stays; a close that was not carried out keeps its descriptor.
      if (failed !== 'unlinkSync') expect(namesIn(folder)).toEqual(['file']);
      if (failed !== 'closeSync') expect(openDescriptors()).toBe(before);
      if (failed === '') break;
    }
  });

  it('costs, from the third flush on, what has changed', () => {
    const name = join(temporaryFolder(), 'file');
    writeFileSync(name, Buffer.alloc(4 * mebibyte, 1));
    let written = 0;
    const fs = watchedFs((call, args) => {
      if (call === 'writeSync') written += args[3] as number;
    });
    const file = openWith(core, { name, mode: 'r+' }, { fs });
    const flush = (at: number) => {
      written = 0;
      file.write(at, Uint8Array.of(at % 251));
      file.flush();
      return written;
    };
    const costs = [5, mebibyte, 2 * mebibyte, 9, 3 * mebibyte].map(flush);
    expect(costs).toEqual([4 * mebibyte, 4 * mebibyte, 8192, 8192, 8192]);
    const expected = Buffer.alloc(4 * mebibyte, 1);
    for (const at of [5, mebibyte, 2 * mebibyte, 9, 3 * mebibyte]) expected[at] = at % 251;
    expect(Buffer.compare(readFileSync(name), expected)).toBe(0);
    file.truncate(mebibyte);
    file.flush();
    file.truncate(2 * mebibyte);
    file.close();
    expected.fill(0, mebibyte);
    expect(Buffer.compare(readFileSync(name), expected.subarray(0, 2 * mebibyte))).toBe(0);
    expect(namesIn(join(name, '..'))).toEqual(['file']);
  });

  it('can write a whole file every time, for readers that keep the old one', async () => {
    const folder = temporaryFolder();
    const name = join(folder, 'file');
    writeFileSync(name, Buffer.alloc(300_000, 0));
    const file = openWith(core, { name, mode: 'r+', options: { flushWhole: true } });
    // Reads slowly, in two halves of one descriptor, as long as the writer goes on.
    const reader = `
      const fs = require('fs');
      process.stdout.write('ready');
      let reads = 0;
      while (!fs.existsSync(process.argv[2])) {
        const fd = fs.openSync(process.argv[1], 'r');
        const bytes = Buffer.alloc(300_000);
        fs.readSync(fd, bytes, 0, 150_000, 0);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        fs.readSync(fd, bytes, 150_000, 150_000, 150_000);
        fs.closeSync(fd);
        if (bytes.some((byte) => byte !== bytes[0])) process.exit(1);
        reads++;
      }
      process.exit(reads > 3 ? 0 : 2);`;
    const child = spawn(process.execPath, ['-e', reader, name, join(folder, 'stop')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    await once(child.stdout, 'data');
    for (let generation = 1; generation <= 60; generation++) {
      file.write(0, new Uint8Array(300_000).fill(generation));
      file.flush();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    writeFileSync(join(folder, 'stop'), '');
    expect(await exit).toEqual([0, null]);
    file.close();
  });

  it('keeps permissions and symbolic links', () => {
    const folder = temporaryFolder();
    const [name, link] = [join(folder, 'file'), join(folder, 'link')];
    writeFileSync(name, 'old');
    chmodSync(name, 0o640);
    symlinkSync('file', link);
    const file = openWith(core, { name: link, mode: 'r+' });
    file.write(0, Buffer.from('new'));
    file.close();
    expect(readFileSync(name, 'utf8')).toBe('new');
    expect(statSync(name).mode & 0o777).toBe(0o640);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it('does not write into a save of ours that somebody has linked to', () => {
    const folder = temporaryFolder();
    const [name, link] = [join(folder, 'file'), join(folder, 'kept')];
    const file = openWith(core, { name, mode: 'w' });
    for (const text of ['one', 'two', 'three', 'four']) {
      file.write(0, Buffer.from(text));
      file.flush();
      if (text === 'one') linkSync(name, link);
    }
    file.close();
    expect([readFileSync(link, 'utf8'), readFileSync(name, 'utf8')]).toEqual(['one', 'foure']);
  });

  it('refuses to overwrite what somebody else has written meanwhile, and keeps the bytes', () => {
    const name = join(temporaryFolder(), 'file');
    writeFileSync(name, 'old');
    const file = openWith(core, { name, mode: 'r+' });
    file.write(0, Buffer.from('our'));
    writeFileSync(name, 'theirs');
    expect(() => file.flush()).toThrow(coded('IO_CHANGED'));
    expect(() => file.close()).toThrow(coded('IO_CHANGED'));
    expect(readFileSync(name, 'utf8')).toBe('theirs');
    expect(file.size()).toBe(3);
    rmSync(name);
    file.close();
    expect(readFileSync(name, 'utf8')).toBe('our');
  });

  it('can be tried again when the disk was full', () => {
    const folder = temporaryFolder();
    const name = join(folder, 'file');
    writeFileSync(name, 'old');
    let full = true;
    const fs = watchedFs((call) => {
      if (full && call === 'writeSync') throw systemFailure('ENOSPC');
    });
    const file = openWith(core, { name, mode: 'r+' }, { fs });
    file.write(0, Buffer.from('new'));
    expect(() => file.close()).toThrow(coded('IO_NO_SPACE'));
    expect([readFileSync(name, 'utf8'), namesIn(folder)]).toEqual(['old', ['file']]);
    full = false;
    file.close();
    expect([readFileSync(name, 'utf8'), namesIn(folder)]).toEqual(['new', ['file']]);
  });

  it('is refused beforehand where it cannot work', () => {
    const folder = temporaryFolder();
    const name = join(folder, 'file');
    writeFileSync(name, 'old');
    const fs = watchedFs((call, args) => {
      if (call === 'accessSync' && args[0] !== name) throw systemFailure('EACCES');
    });
    expect(() => openWith(core, { name, mode: 'r+' }, { fs })).toThrow(coded('IO_PERMISSION'));
    expect(openWith(core, { name, mode: 'r' }, { fs }).size()).toBe(3);
    mkdirSync(join(folder, 'sub'));
    expect(() => openWith(core, { name: join(folder, 'none/file'), mode: 'w' })).toThrow(
      coded('IO_NOT_FOUND'),
    );
  });

  it('goes on without links where the file system has none', () => {
    const name = join(temporaryFolder(), 'file');
    const fs = watchedFs((call) => {
      if (call === 'linkSync' || call === 'fchownSync') throw systemFailure('EPERM');
    });
    const file = openWith(core, { name, mode: 'w' }, { fs });
    for (const text of ['one', 'two', 'six']) {
      file.write(0, Buffer.from(text));
      file.flush();
      expect(readFileSync(name, 'utf8')).toBe(text);
    }
    file.close();
    expect(namesIn(join(name, '..'))).toEqual(['file']);
  });
});
