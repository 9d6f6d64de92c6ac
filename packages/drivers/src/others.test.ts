import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRegistry, openWith } from '@terrane/driver';
import { faulty } from '@terrane/driver-kit';
import { describe, expect, it, vi } from 'vitest';
import {
  blob,
  core,
  family,
  fileobj,
  fileobjSync,
  http,
  log,
  multi,
  opfs,
  sec2,
  split,
  splitter,
  stdio,
} from './index.js';
import { AccessStatistics } from './layers.js';
import { watchedFs } from './sabotaged-fs.fixture.js';
import { namesIn, temporaryFolder } from './temporary.fixture.js';

const text = (value: string) => new TextEncoder().encode(value);
const coded = (code: string) => expect.objectContaining({ code });

describe('stdio', () => {
  it('makes one call of many small ones', () => {
    const name = join(temporaryFolder(), 'file');
    const calls: string[] = [];
    const fs = watchedFs((call) => calls.push(call));
    const count = (call: string) => calls.filter((each) => each === call).length;
    const file = openWith(stdio, { name, mode: 'w' }, { fs });
    for (let at = 0; at < 1000; at++) file.write(at, Uint8Array.of(at));
    expect([count('writeSync'), readFileSync(name).length]).toEqual([0, 0]);
    file.flush();
    expect([count('writeSync'), readFileSync(name).length]).toEqual([1, 1000]);
    const target = new Uint8Array(1);
    for (let at = 0; at < 1000; at++) file.read(at, target);
    expect(count('readSync')).toBeLessThan(4);
    expect(() => openWith(stdio, { name, options: { bufferBytes: 0 } })).toThrow(coded('DRV_BAD_OPTION'));
  });
});

describe('log', () => {
  it('counts, and writes its table at close', () => {
    const folder = temporaryFolder();
    const [name, logFile] = [join(folder, 'file'), join(folder, 'log')];
    const statistics = new AccessStatistics();
    const file = openWith(log, { name, mode: 'w', options: { logFile } }, { statistics });
    file.write(0, text('abc'), { kind: 'superblock' });
    file.close();
    expect(statistics.kinds.superblock).toMatchObject({ writes: 1, bytesWritten: 3 });
    expect(readFileSync(logFile, 'utf8')).toBe(String(statistics));
    expect(() => openWith(log, { name, options: { logFile: 1 } })).toThrow(coded('DRV_BAD_OPTION'));
  });
});

describe('splitter', () => {
  const brokenMirror = {
    ...sec2,
    open: (...args: Parameters<typeof sec2.open>) => faulty(sec2.open(...args), { op: 'write', after: 1 }),
  };

  it('keeps two equal files, from the first moment on', () => {
    const folder = temporaryFolder();
    const [name, mirror] = [join(folder, 'file'), join(folder, 'mirror')];
    writeFileSync(name, 'before');
    const file = openWith(splitter, { name, mode: 'r+', options: { mirror } });
    expect(readFileSync(mirror, 'utf8')).toBe('before');
    file.write(6, text(' and after'));
    file.truncate(10);
    file.flush();
    expect([name, mirror].map((each) => readFileSync(each, 'utf8'))).toEqual(['before and', 'before and']);
    file.close();
    writeFileSync(mirror, 'kept');
    openWith(splitter, { name, mode: 'r', options: { mirror } }).close();
    expect(readFileSync(mirror, 'utf8')).toBe('kept');
  });

  it('fails with its mirror, or goes on without it, as told', () => {
    const folder = temporaryFolder();
    const [name, mirror] = [join(folder, 'file'), join(folder, 'mirror')];
    const open = (onMirrorError: string, mirrorError = vi.fn()) =>
      openWith(
        splitter,
        { name, mode: 'w', options: { mirror, onMirrorError } },
        { mirrorDriver: brokenMirror, mirrorError },
      );
    const strict = open('fail');
    strict.write(0, text('a'));
    expect(() => strict.write(1, text('b'))).toThrow(coded('IO_UNEXPECTED'));
    strict.close();
    const seen = vi.fn();
    const lenient = open('ignore', seen);
    for (const [at, letter] of ['a', 'b', 'c'].entries()) lenient.write(at, text(letter));
    lenient.close();
    expect(seen).toHaveBeenCalledTimes(1);
    expect([name, mirror].map((each) => readFileSync(each, 'utf8'))).toEqual(['abc', 'a']);
    const nowhere = {
      name,
      mode: 'w' as const,
      options: { mirror: join(folder, 'none/x'), onMirrorError: 'ignore' },
    };
    openWith(splitter, nowhere, { mirrorError: seen }).write(0, text('alone'));
    expect(seen).toHaveBeenCalledTimes(2);
    expect(() => openWith(splitter, { ...nowhere, options: { mirror: join(folder, 'none/x') } })).toThrow(
      coded('IO_NOT_FOUND'),
    );
  });

  it('refuses what is no mirror', () => {
    const name = join(temporaryFolder(), 'file');
    const open = (options: object) => () => openWith(splitter, { name, mode: 'w', options: { ...options } });
    expect(open({})).toThrow(coded('DRV_BAD_OPTION'));
    expect(open({ mirror: name })).toThrow(coded('DRV_BAD_OPTION'));
    expect(open({ mirror: 'm', onMirrorError: 'maybe' })).toThrow(coded('DRV_BAD_OPTION'));
    expect(existsSync(name)).toBe(false);
  });
});

describe('fileobj', () => {
  const object = (more = {}) => ({
    size: () => 3,
    read: (_: number, target: Uint8Array) => target.fill(7).length,
    ...more,
  });

  it('is as writable as its object', async () => {
    const open = (mode: 'r+' | 'w' | 'w-' | 'r', more = {}) =>
      openWith(fileobjSync, { mode }, { object: object(more) });
    expect(() => open('r+')).toThrow(coded('IO_PERMISSION'));
    expect(() => open('w', { write() {} })).toThrow(coded('IO_PERMISSION'));
    expect(() => open('w-', { write() {}, truncate() {} })).toThrow(coded('IO_EXISTS'));
    const truncate = vi.fn();
    expect(open('w', { write() {}, truncate }).manifest.capabilities).toEqual({
      write: true,
      truncate: true,
    });
    expect(truncate).toHaveBeenCalledWith(0);
    await openWith(fileobj, { mode: 'w' }, { object: object({ write() {}, truncate }) });
    expect(truncate).toHaveBeenCalledTimes(2);
  });

  it('names what was handed in instead, and what it throws', async () => {
    for (const bad of [{ size() {} }, { read() {} }, null, 5]) {
      expect(() => openWith(fileobjSync, {}, { object: bad })).toThrow(coded('DRV_BAD_OPTION'));
    }
    await expect(openWith(fileobj, {})).rejects.toMatchObject({ code: 'IO_NOT_FOUND' });
    const cause = new Error('the tape is stuck');
    const close = vi.fn();
    const read = () => {
      throw cause;
    };
    const file = await openWith(fileobj, { name: 'tape' }, { object: object({ read, close }) });
    await expect(file.read(0, new Uint8Array(1))).rejects.toMatchObject({
      code: 'IO_UNEXPECTED',
      cause,
      target: 'tape',
    });
    await file.close();
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('names an object that lies about its size', () => {
    const lying = object({ size: () => 100, read: () => 0 });
    const file = openWith(fileobjSync, {}, { object: lying });
    expect(() => file.read(0, new Uint8Array(4))).toThrow(
      expect.objectContaining({ code: 'DRV_CONTRACT_BROKEN', driver: 'fileobj-sync' }),
    );
  });
});

describe('blob', () => {
  it('reads only what is asked for, and says when the file was changed', async () => {
    const sizes: number[] = [];
    const source = {
      size: 10,
      name: 'chosen.h5',
      slice: (start: number, end: number) => {
        sizes.push(end - start);
        if (start === 9) throw Object.assign(new Error('gone'), { name: 'NotReadableError' });
        return new Blob([new Uint8Array(10)]).slice(start, end);
      },
    };
    const file = await openWith(blob, {}, { blob: source });
    expect(await file.read(2, new Uint8Array(3))).toBe(3);
    expect(sizes).toEqual([3]);
    await expect(file.read(9, new Uint8Array(3))).rejects.toMatchObject({
      code: 'IO_CHANGED',
      target: 'chosen.h5',
    });
    await expect(openWith(blob, { mode: 'r+' }, { blob: source })).rejects.toMatchObject({
      code: 'IO_READ_ONLY',
    });
    await expect(openWith(blob, {}, { blob: 'x' })).rejects.toMatchObject({ code: 'DRV_BAD_OPTION' });
  });
});

it('drivers are found by URL, by path and by the names that HDF5 has for them', () => {
  const folder = temporaryFolder();
  const registry = createRegistry([sec2, stdio, core, split, multi, family, log, splitter]);
  const pattern = join(folder, 'part%03d');
  const parts = registry.openSync(`family:${pattern}?member=1KiB&mode=w`);
  parts.write(0, new Uint8Array(2500));
  parts.close();
  expect(namesIn(folder)).toEqual(['part000', 'part001', 'part002']);
  expect(registry.openSync(join(folder, 'part001')).manifest).toMatchObject({ driver: 'sec2' });
  expect(registry.openSync(`file:${join(folder, 'part001')}`).size()).toBe(1024);
  writeFileSync(join(folder, 'a b?'), 'abc');
  expect(registry.openSync(pathToFileURL(join(folder, 'a b?')).href).size()).toBe(3);
  expect(sec2.parse?.('file:///C:/data%20sets/a.h5')).toEqual({ name: 'C:/data sets/a.h5' });
  expect(registry.openSync('core:?mode=w').manifest.driver).toBe('core');
  const theirs = ['SEC2', 'STDIO', 'CORE', 'SPLIT', 'MULTI', 'FAMILY', 'LOG', 'SPLITTER', 'WINDOWS'];
  expect(theirs.map((name) => registry.find(`H5FD_${name}`).name)).toEqual(
    [sec2, stdio, core, split, multi, family, log, splitter, sec2].map(({ name }) => name),
  );
});

it('every driver says which options it knows', async () => {
  const all = [
    blob,
    core,
    family,
    fileobj,
    fileobjSync,
    http,
    log,
    multi,
    opfs,
    sec2,
    split,
    splitter,
    stdio,
  ];
  for (const driver of all) {
    const open = async () => openWith<'sync' | 'async'>(driver, { name: 'x', options: { noSuchOption: 1 } });
    await expect(open()).rejects.toThrow(TypeError);
  }
});
