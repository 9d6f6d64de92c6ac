import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryFile, MemoryStore, openWith } from '@terrane/driver';
import { delayedFile } from '@terrane/driver/testing';
import { mmap } from '@terrane/driver-mmap';
import { afterAll, describe, expect, it } from 'vitest';
import { BlockStorage } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'terrane-blocks-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

const busy = expect.objectContaining({ code: 'BLK_BUSY' });
const fill = (storage: BlockStorage<'sync'>, value: number) =>
  storage.transaction(() => {
    const id = storage.allocate(3000);
    storage.write(id, new Uint8Array(3000).fill(value));
    return id;
  });

describe('a file that another process writes', () => {
  it('is not made anew, repaired or compacted into, and nothing in it changes', async () => {
    const name = join(folder, 'held');
    const made = BlockStorage.create(openWith(mmap, { name, mode: 'w' }));
    const id = fill(made, 7);
    made.close();
    const script = fileURLToPath(new URL('holder.fixture.ts', import.meta.url));
    const flags = ['--conditions=@terrane/source', '--import', 'tsx'];
    const child = spawn(process.execPath, [...flags, script, name], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    await once(child.stdout, 'data');
    const before = readFileSync(name);
    const file = () => openWith(mmap, { name, mode: 'a' });
    expect(() => BlockStorage.create(file())).toThrow(busy);
    expect(() => BlockStorage.create(file(), { offset: 4096 })).toThrow(busy);
    expect(() => BlockStorage.repair(file())).toThrow(busy);
    expect(Buffer.compare(before, readFileSync(name))).toBe(0);
    // Who sees to the lock is not asked to.
    expect(BlockStorage.open(file(), { locked: true }).verify()).toEqual([
      expect.objectContaining({ harmless: true }),
    ]);
    child.kill('SIGKILL');
    await ended;
    expect(BlockStorage.open(file()).read(id)[0]).toBe(7);
    const again = BlockStorage.create(file());
    expect(again.has(id)).toBe(false);
    // The lock was for the creation only.
    fill(BlockStorage.open(file()), 8);
    again.close();
  });

  it('is refused as the target of a compaction, and free again when that fails', () => {
    const store = new MemoryStore();
    const source = BlockStorage.create(new MemoryFile(store, 'source', true));
    fill(source, 1);
    const target = new MemoryStore();
    const other = new MemoryFile(target, 'target', true);
    const lock = other.lock('exclusive');
    const into = (options = {}) =>
      BlockStorage.compactInto(source, new MemoryFile(target, 'target', true), options);
    expect(() => into()).toThrow(busy);
    expect(target.size).toBe(0);
    lock.release();
    expect(() => into({ limit: 9000 })).toThrow(expect.objectContaining({ code: 'BLK_FULL' }));
    expect(target.locks).toEqual([]);
    target.resize(0);
    expect(into().verify()).toEqual([]);
    expect(target.locks).toEqual([]);
  });
});

describe('two that make a storage at the same moment', () => {
  it('do not make one of both', async () => {
    const store = new MemoryStore();
    const create = () => BlockStorage.create(delayedFile(new MemoryFile(store, 'file', true)));
    const results = await Promise.allSettled([create(), create(), create()]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(busy);
    expect(store.locks).toEqual([]);
    expect(await (await create()).verify()).toEqual([]);
  });

  it('are told by the driver when the file cannot be written', () => {
    const store = new MemoryStore();
    BlockStorage.create(new MemoryFile(store, 'file', true)).close();
    const readOnly = expect.objectContaining({ code: 'IO_READ_ONLY' });
    expect(() => BlockStorage.create(new MemoryFile(store, 'file', false))).toThrow(readOnly);
    expect(() => BlockStorage.repair(new MemoryFile(store, 'file', false))).toThrow(readOnly);
  });
});
