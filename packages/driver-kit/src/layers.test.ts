import { checked, type DriverFile, memoryDriver } from '@terrane/driver';
import { CallCount, delayedFile } from '@terrane/driver/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counting, crashing, Finding, faulty, shortReads, withinBudget } from './index.js';

const open = (bytes = Uint8Array.of(1, 2, 3, 4, 5)) => {
  const driver = memoryDriver({ a: bytes });
  const file: DriverFile<'sync'> = driver.open({ driver: 'memory', name: 'a', mode: 'r+' });
  return { store: driver.files.get('a')!, file };
};
const byte = (value: number) => Uint8Array.of(value);

describe('faulty', () => {
  it('fails as told, and then no more', async () => {
    const file = checked(faulty(open().file, { op: 'read', after: 1, times: 2 }));
    const read = () => file.read(0, new Uint8Array(1));
    expect(read()).toBe(1);
    expect(read).toThrow(expect.objectContaining({ code: 'IO_UNEXPECTED', retry: 'maybe' }));
    expect(read).toThrow();
    expect(read()).toBe(1);
    const asynchronous = checked(faulty(delayedFile(open().file)));
    await expect(asynchronous.size()).rejects.toMatchObject({ code: 'IO_UNEXPECTED' });
    await asynchronous.close();
  });
});

describe('shortReads', () => {
  it('answers little at a time', () => {
    const target = new Uint8Array(5);
    expect(shortReads(open().file, 2).read(0, target)).toBe(2);
    expect(checked(shortReads(open().file, 2)).read(0, target)).toBe(5);
  });
});

describe('counting', () => {
  it('counts in either mode, and holds against a budget', async () => {
    const count = new CallCount();
    const file = checked(counting(open().file, count));
    file.size();
    file.readMany([0, 3].map((position) => ({ position, target: new Uint8Array(2) })));
    expect(count).toMatchObject({ rounds: 3, total: 3, bytesAsked: 4 });
    const later = new CallCount();
    const parallel = checked(counting(delayedFile(open().file), later));
    await Promise.all([parallel.size(), parallel.read(0, new Uint8Array(1))]);
    await expect(checked(counting(faulty(delayedFile(open().file)), later)).size()).rejects.toThrow();
    expect(() => checked(counting(faulty(open().file), later)).size()).toThrow();
    expect(later.rounds).toBe(3);
    withinBudget(count, { rounds: 3, bytesAsked: 4 });
    expect(() => withinBudget(count, { rounds: 2, calls: 2 })).toThrow(Finding);
    expect(() => withinBudget(count, { rounds: 2, calls: 2 })).toThrow(
      /rounds: 3, at most 2; calls: 3, at most 2/,
    );
  });
});

describe('crashing', () => {
  /** Writes 1, 2, 3 in turn to bytes 0, 10, 20, flushing after each `per` of them; the power goes at flush `atFlush`. */
  const run = (atFlush: number, seed: number, guarantees = {}) => {
    const { store, file } = open(new Uint8Array(30));
    const crash = checked(crashing(file, { atFlush, seed, guarantees }));
    let survived = true;
    try {
      crash.write(0, byte(1));
      crash.flush();
      for (const value of [2, 3]) crash.write((value - 1) * 10, new Uint8Array(8).fill(value));
      crash.flush();
    } catch {
      survived = false;
      expect(() => crash.size()).toThrow(/power is gone/);
    }
    crash.close();
    return { survived, bytes: store.bytes };
  };

  it('keeps everything that was flushed before', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(run(2, seed).bytes[0]).toBe(1);
        expect(run(3, seed)).toMatchObject({ survived: true });
      }),
    );
  });

  it('loses what may be lost, in all the ways there are', () => {
    const outcomes = (guarantees: object) => {
      const found = new Set<string>();
      for (let seed = 0; seed < 400; seed++) {
        const { bytes } = run(2, seed, guarantees);
        const part = (at: number, value: number) => {
          const written = [...bytes.subarray(at, at + 8)].filter((b) => b === value).length;
          return written === 8 ? 'all' : bytes.subarray(at, at + 8).every((b) => b === 0) ? 'none' : 'torn';
        };
        found.add(`${part(10, 2)}/${part(20, 3)}`);
      }
      return [...found].sort();
    };
    expect(outcomes({})).toHaveLength(9);
    expect(outcomes({ atomicFlush: true })).toEqual(['all/all', 'none/none']);
    expect(outcomes({ orderedWrites: true })).toEqual([
      'all/all',
      'all/none',
      'all/torn',
      'none/none',
      'torn/none',
    ]);
    expect(outcomes({ atomicWriteBytes: 64 })).toEqual(['all/all', 'all/none', 'none/all', 'none/none']);
  });

  it('shows its user what was written, and keeps truncation back, too', () => {
    const { store, file } = open();
    const crash = checked(crashing(file, { atFlush: 9, seed: 1 }));
    crash.truncate(2);
    crash.write(3, byte(9));
    const target = new Uint8Array(9);
    expect([crash.size(), crash.read(0, target), [...target.subarray(0, 4)]]).toEqual([4, 4, [1, 2, 0, 9]]);
    expect(store.size).toBe(5);
    crash.close();
    expect([...store.bytes]).toEqual([1, 2, 0, 9]);
  });
});

it('wraps a file only where it has something', () => {
  const readOnly = memoryDriver({ a: byte(1) }).open({ driver: 'memory', name: 'a', mode: 'r' });
  expect(faulty(readOnly, { op: 'size' })).not.toHaveProperty('readMany');
});
