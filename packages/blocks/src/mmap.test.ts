import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checked, deriveFile, openWith } from '@terrane/driver';
import { crashing } from '@terrane/driver-kit';
import { mmap } from '@terrane/driver-mmap';
import { sec2 } from '@terrane/drivers';
import { afterAll, describe, expect, it } from 'vitest';
import { BlockStorage } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'terrane-blocks-mmap-'));
afterAll(() => rmSync(folder, { recursive: true }));

const open = (name: string, mode: 'r' | 'r+' | 'w' = 'r') =>
  openWith(mmap, { name: join(folder, name), mode });
const filled = (size: number, value: number) => new Uint8Array(size).fill(value);
const same = (a: Uint8Array, b: Uint8Array) => expect(Buffer.compare(a, b)).toBe(0);

describe('over a mapped file', () => {
  it('grows, commits, and is read by another driver', () => {
    const storage = BlockStorage.create(open('grown', 'w'), { offset: 4096 });
    const ids: number[] = [];
    for (let commit = 0; commit < 5; commit++) {
      storage.transaction(() => {
        for (let count = 0; count < 20; count++) {
          const id = storage.allocate(1000 * commit + 3000);
          storage.write(id, filled(1000 * commit + 3000, id));
          ids.push(id);
        }
      });
    }
    for (const id of ids) same(storage.view(id)!.bytes, filled(storage.sizeOf(id), id));
    expect(storage.verify()).toEqual([]);
    storage.close();
    const other = BlockStorage.open(openWith(sec2, { name: join(folder, 'grown') }), { offset: 4096 });
    expect(other.verify()).toEqual([]);
    for (const id of ids) same(other.read(id), filled(other.sizeOf(id), id));
    other.close();
  });

  it('shows what was written as soon as it is asked for, also by views', () => {
    const storage = BlockStorage.create(open('written', 'w'));
    storage.beginWrite();
    for (const size of [100, 4096, 40_000]) {
      const id = storage.allocate(size);
      storage.write(id, filled(size, 1));
      same(storage.view(id)!.bytes, filled(size, 1));
      storage.write(id, filled(10, 2), size - 10);
      same(storage.read(id, size - 20), Uint8Array.of(...filled(10, 1), ...filled(10, 2)));
      storage.write(id, filled(10, 3));
      expect(storage.view(id)!.bytes[0]).toBe(3);
    }
    storage.close();
  });

  it('shrinks, with leases that are good for two commits, and readers that follow', () => {
    const storage = BlockStorage.create(open('shrunk', 'w'));
    const [small, large] = storage.transaction(() =>
      [5000, 1 << 20].map((size) => {
        const id = storage.allocate(size);
        storage.write(id, filled(size, id));
        return id;
      }),
    );
    const reader = BlockStorage.open(open('shrunk'));
    reader.begin();
    const [here, there] = [storage.view(small!)!, reader.view(small!)!];
    const before = statSync(join(folder, 'shrunk')).size;
    storage.transaction(() => storage.free(large!));
    same(here.bytes, filled(5000, small!));
    same(there.bytes, filled(5000, small!));
    expect(reader.isCurrent()).toBe(true);
    storage.transaction(() => storage.compact());
    expect(statSync(join(folder, 'shrunk')).size).toBeLessThan(before / 10);
    expect(storage.verify()).toEqual([]);
    // The system's pages beyond the end are gone: the reader is told one way or the other, and begins again.
    expect(() => reader.read(large!)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/BLK_|IO_/) }),
    );
    reader.close();
    const again = BlockStorage.open(open('shrunk'));
    same(again.read(small!), filled(5000, small!));
    again.close();
    storage.close();
  });

  it('is whole after a loss of power at any flush', () => {
    const start = () => {
      const storage = BlockStorage.create(open('crashed', 'w'));
      storage.transaction(() => storage.write(storage.allocate(9000), filled(9000, 1)));
      storage.close();
    };
    const states: number[] = [];
    for (let atFlush = 1; atFlush < 9; atFlush++) {
      start();
      // The layer below loses what no flush covered; a view would show it that, so that it has none here.
      const { view: _, ...capabilities } = open('crashed').manifest.capabilities;
      const file = deriveFile(mmap.open({ driver: 'mmap', name: join(folder, 'crashed'), mode: 'r+' }), {
        manifest: { capabilities: { ...capabilities, write: true, truncate: true, flush: true } },
      });
      let done = 0;
      try {
        const storage = BlockStorage.open(checked(crashing(file, { atFlush, seed: atFlush })));
        for (let round = 1; round <= 4; round++) {
          storage.transaction(() => {
            storage.write(1, filled(9000, 1 + round));
            storage.write(storage.allocate(3000 * round), filled(3000 * round, round));
          });
          done = round;
        }
        storage.close();
      } catch {
        file.close();
      }
      const storage = BlockStorage.open(open('crashed', 'r+'));
      expect(storage.verify().filter(({ harmless }) => !harmless)).toEqual([]);
      const [first] = storage.read(1);
      same(storage.read(1), filled(9000, first!));
      expect([done, done + 1]).toContain(first! - 1);
      for (let round = 1; round < first!; round++) same(storage.read(1 + round), filled(3000 * round, round));
      states.push(first!);
      storage.transaction(() => storage.write(1, filled(9000, 77)));
      expect(storage.verify()).toEqual([]);
      storage.close();
    }
    expect(new Set(states).size).toBeGreaterThan(2);
    writeFileSync(join(folder, 'copy'), readFileSync(join(folder, 'crashed')));
    const copy = BlockStorage.open(open('copy'));
    expect(copy.read(1)[0]).toBe(77);
    copy.close();
  });
});
