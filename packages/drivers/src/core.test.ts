import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRegistry, memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { core, sec2 } from './index.js';
import { temporaryFolder } from './temporary.fixture.js';

const text = (value: string) => new TextEncoder().encode(value);
const contents = (file: { size(): number; read(at: number, target: Uint8Array): number }) => {
  const target = new Uint8Array(file.size());
  file.read(0, target);
  return new TextDecoder().decode(target);
};
const memory = { backingStore: false };
const coded = (code: string) => expect.objectContaining({ code, driver: 'core' });

describe('core in memory', () => {
  it('never shares two files of one name', () => {
    const open = (image?: Uint8Array) =>
      openWith(core, { name: 'same', mode: 'a', options: memory }, image ? { image } : {});
    const [a, b, c] = [open(text('one')), open(text('two')), open()];
    a.write(0, text('x'));
    expect([contents(a), contents(b), contents(c)]).toEqual(['xne', 'two', '']);
    expect(existsSync('same')).toBe(false);
  });

  it('needs no name, and then no backing store', () => {
    const file = openWith(core, { mode: 'w' });
    file.write(0, text('x'));
    expect(file.manifest).toMatchObject({ driver: 'core', target: '(memory)', guarantees: {} });
    expect(() => openWith(core, { mode: 'w', options: { backingStore: true } })).toThrow(
      coded('DRV_BAD_OPTION'),
    );
    expect(() => openWith(core, { mode: 'r+' })).toThrow(coded('IO_NOT_FOUND'));
  });

  it('works where there are no files', () => {
    vi.stubGlobal('process', undefined);
    try {
      expect(contents(openWith(core, {}, { image: text('abc') }))).toBe('abc');
      openWith(core, { name: 'a', mode: 'a', options: memory }).write(0, text('x'));
      expect(() => openWith(core, { name: 'a', options: memory })).toThrow(coded('DRV_DEPENDENCY_MISSING'));
      expect(() => openWith(core, { name: 'a', mode: 'w' })).toThrow(coded('DRV_DEPENDENCY_MISSING'));
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('refuses options it does not know, and values it cannot take', () => {
    expect(() => openWith(core, { options: { backingStor: false } })).toThrow(/did you mean "backingStore"/);
    const bad = (options: object) => () => openWith(core, { mode: 'w', options: { ...memory, ...options } });
    expect(bad({ backingStore: 0 })).toThrow(coded('DRV_BAD_OPTION'));
    expect(bad({ increment: -1 })).toThrow(coded('DRV_BAD_OPTION'));
    expect(bad({ imageUse: 'steal' })).toThrow(coded('DRV_BAD_OPTION'));
    expect(bad({ flushWhole: 1 })).toThrow(coded('DRV_BAD_OPTION'));
    for (const image of ['text', [1, 2], {}, new Blob(['x']), null]) {
      expect(() => openWith(core, {}, { image })).toThrow(coded('DRV_BAD_OPTION'));
    }
  });

  it('goes by the name that HDF5 gives it', () => {
    const registry = createRegistry([sec2, core]);
    expect(registry.openSync({ driver: 'H5FD_CORE', mode: 'w' }).manifest.driver).toBe('core');
    expect(() => registry.openSync({ driver: 'H5FD_COER', mode: 'w' })).toThrow(/did you mean "H5FD_CORE"/);
  });

  it('does what the reference does', () => {
    const piece = fc.uint8Array({ maxLength: 300 });
    const step = fc.oneof(
      fc.record({ op: fc.constant('write' as const), position: fc.nat(2000), source: piece }),
      fc.record({ op: fc.constant('truncate' as const), size: fc.nat(2000) }),
      fc.record({ op: fc.constant('read' as const), position: fc.nat(2500), length: fc.nat(600) }),
    );
    const property = fc.property(fc.array(step, { maxLength: 30 }), piece, (steps, image) => {
      const both = [
        openWith(core, { mode: 'r+' }, { image }),
        openWith(memoryDriver({ a: image }), { name: 'a', mode: 'r+' }),
      ];
      for (const step of steps) {
        const [a, b] = both.map((file) => {
          if (step.op === 'write') return file.write(step.position, step.source);
          if (step.op === 'truncate') return file.truncate(step.size);
          const target = new Uint8Array(step.length);
          return [file.read(step.position, target), target, file.size()];
        });
        expect(a).toEqual(b);
      }
    });
    fc.assert(property);
  });
});

describe('images', () => {
  it.each([
    ['Uint8Array', text('abc')],
    ['Buffer', Buffer.from('abc')],
    ['ArrayBuffer', text('abc').buffer],
    ['DataView', new DataView(text('-abc-').buffer, 1, 3)],
    ['SharedArrayBuffer', new Uint8Array(new SharedArrayBuffer(3)).fill(97).buffer],
    ['Float64Array', new Float64Array(2)],
  ])('may be a %s', (_, image) => {
    const size = image.byteLength;
    expect(openWith(core, { mode: 'r' }, { image }).size()).toBe(size);
    const file = openWith(core, { mode: 'r+' }, { image });
    file.write(1, text('tail'));
    expect(file.size()).toBe(Math.max(size, 5));
    expect(image.byteLength).toBe(size);
  });

  it('are copied, adopted, or copied where they are written', () => {
    const open = (image: Uint8Array, imageUse: string) =>
      openWith(core, { mode: 'r+', options: { imageUse } }, { image });
    const image = text('abc');
    const [adopted, copied, lazy] = ['adopt', 'copy', 'copy-on-write'].map((use) => open(image, use));
    expect(adopted!.view(0, 3)!.bytes.buffer).toBe(image.buffer);
    expect(lazy!.view(0, 3)!.bytes.buffer).toBe(image.buffer);
    expect(copied!.view(0, 3)!.bytes.buffer).not.toBe(image.buffer);
    lazy!.write(0, text('L'));
    copied!.write(0, text('C'));
    expect(new TextDecoder().decode(image)).toBe('abc');
    adopted!.write(0, text('A'));
    expect(new TextDecoder().decode(image)).toBe('Abc');
    expect([contents(copied!), contents(lazy!)]).toEqual(['Cbc', 'Lbc']);
    adopted!.write(3, text('more'));
    expect(contents(adopted!)).toBe('Abcmore');
  });

  it('may be empty: a file of no bytes', () => {
    expect(openWith(core, { mode: 'r' }, { image: new Uint8Array(0) }).size()).toBe(0);
  });

  it('are promised to be immutable only when nobody else has them', () => {
    const guarantees = (imageUse: string) =>
      openWith(core, { options: { imageUse } }, { image: text('a') }).manifest.guarantees;
    expect(guarantees('copy')).toEqual({ immutable: true });
    expect(guarantees('copy-on-write')).toEqual({});
  });
});

describe('leases of core', () => {
  it('show the file as it is, also after it grew', () => {
    const file = openWith(core, { mode: 'w' });
    file.write(0, text('abc'));
    const lease = file.view(0, 3)!;
    const taken = lease.bytes;
    file.write(3, new Uint8Array(5_000_000));
    file.write(1, text('X'));
    expect([new TextDecoder().decode(lease.bytes), new TextDecoder().decode(taken)]).toEqual(['aXc', 'aXc']);
  });

  it('move on with the copy of an image that was written to', () => {
    const image = new Uint8Array(200_000).fill(1);
    const file = openWith(core, { mode: 'r+' }, { image });
    const [inside, across] = [file.view(10, 4)!, file.view(0, 200_000)!];
    expect(inside.bytes.buffer).toBe(image.buffer);
    file.write(11, Uint8Array.of(9));
    expect([...inside.bytes]).toEqual([1, 9, 1, 1]);
    expect(() => across.bytes).toThrow(coded('IO_LEASE_ENDED'));
  });

  it('end when the file is cut below them', () => {
    const file = openWith(core, { mode: 'w' });
    file.write(0, text('abcdef'));
    const [kept, cut] = [file.view(0, 2)!, file.view(4, 2)!];
    file.truncate(3);
    expect(kept.bytes).toHaveLength(2);
    expect(() => cut.bytes).toThrow(coded('IO_LEASE_ENDED'));
    kept.release();
    expect(() => kept.bytes).toThrow(coded('IO_LEASE_ENDED'));
  });
});

describe('core and the disk', () => {
  it('names a directory, and opens a file of no bytes', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'sub'));
    for (const mode of ['r', 'r+', 'a', 'w'] as const) {
      expect(() => openWith(core, { name: join(folder, 'sub'), mode })).toThrow(coded('IO_IS_DIRECTORY'));
    }
    writeFileSync(join(folder, 'empty'), '');
    expect(openWith(core, { name: join(folder, 'empty') }).size()).toBe(0);
  });

  it.each(['r', 'r+', 'a'] as const)('keeps no descriptor, backing on or off (%s)', (mode) => {
    const name = join(temporaryFolder(), 'file');
    writeFileSync(name, 'abc');
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    const files = [memory, {}].map((options) => openWith(core, { name, mode, options }));
    expect(open()).toBe(before);
    expect(files.map(contents)).toEqual(['abc', 'abc']);
  });

  it('keeps no lock: another process may lock and write the file of a private copy', () => {
    const name = join(temporaryFolder(), 'file');
    writeFileSync(name, 'abc');
    const file = openWith(core, { name, mode: 'a', options: memory });
    execFileSync('flock', ['--exclusive', '--nonblock', name, 'sh', '-c', `printf theirs > ${name}`]);
    expect(contents(file)).toBe('abc');
    file.write(0, text('ours'));
    file.close();
    expect(readFileSync(name, 'utf8')).toBe('theirs');
  });

  it('does not touch a file in which nothing was changed', () => {
    const name = join(temporaryFolder(), 'file');
    writeFileSync(name, 'abc');
    const before = statSync(name);
    for (const mode of ['r', 'r+', 'a'] as const) {
      const file = openWith(core, { name, mode });
      file.flush();
      file.close();
    }
    const { ino, mtimeMs, ctimeMs } = statSync(name);
    expect({ ino, mtimeMs, ctimeMs }).toEqual({
      ino: before.ino,
      mtimeMs: before.mtimeMs,
      ctimeMs: before.ctimeMs,
    });
  });
});
