import { type DriverFile, memoryDriver } from '@terrane/driver';
import { CallCount, delayedFile } from '@terrane/driver/testing';
import { counting, faulty, shortReads } from '@terrane/driver-kit';
import { describe, expect, it } from 'vitest';
import { pageCache } from './page-cache.js';

const ramp = (length: number) => Uint8Array.from({ length }, (_, index) => index * 7);
const memory = (bytes = ramp(1000)): DriverFile<'sync'> =>
  memoryDriver({ a: bytes }).open({ driver: 'memory', name: 'a', mode: 'r+' });
const later = (bytes = ramp(1000)) => delayedFile(memory(bytes), { by: 'turn' });
const readAt = async (file: DriverFile, position: number, length: number) => {
  const target = new Uint8Array(length);
  return target.subarray(0, await file.read(position, target));
};
const maybe = { code: 'IO_UNEXPECTED', retry: 'maybe' };

describe('pageCache', () => {
  const cached = (file: DriverFile<'async'>, budgetBytes = 10_000) =>
    pageCache(file, { pageBytes: 100, budgetBytes, soleUser: true });

  it('refuses where others may change the file', () => {
    expect(() => pageCache(memory())).toThrow(
      expect.objectContaining({ code: 'DRV_GUARANTEE_MISSING', driver: 'memory', target: 'a' }),
    );
  });

  it('reads a page once, neighbours in one go, and what is long not at all', async () => {
    const count = new CallCount();
    const file = cached(counting(later(), count), 1000);
    await readAt(file, 150, 10);
    await readAt(file, 110, 80);
    expect(count.calls.read).toBe(1);
    expect(await readAt(file, 50, 300)).toEqual(ramp(1000).subarray(50, 350));
    expect(count.calls.read).toBe(3);
    await readAt(file, 0, 900);
    await readAt(file, 0, 900);
    expect(count.calls.read).toBe(5);
    await Promise.all([readAt(file, 700, 10), readAt(file, 710, 10)]);
    expect(count.calls.read).toBe(6);
  });

  it('shows what is written through it, also to the end of the file', async () => {
    const file = cached(later(ramp(250)));
    await readAt(file, 0, 250);
    await file.write!(90, Uint8Array.of(1, 2, 3));
    expect(await readAt(file, 89, 5)).toEqual(Uint8Array.of((89 * 7) & 255, 1, 2, 3, (93 * 7) & 255));
    await file.write!(260, Uint8Array.of(9));
    expect(await readAt(file, 248, 20)).toEqual(
      Uint8Array.of((248 * 7) & 255, (249 * 7) & 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9),
    );
    await file.truncate!(50);
    await file.truncate!(100);
    expect((await readAt(file, 49, 99)).subarray(1)).toEqual(new Uint8Array(50));
  });

  it('does not keep a page that was overtaken by a write', async () => {
    const slow = later();
    let finish = () => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const held: DriverFile<'async'> = {
      ...slow,
      read: async (at, target) => {
        const count = await slow.read(at, target);
        await gate;
        return count;
      },
    };
    const file = cached(held);
    const early = readAt(file, 0, 4);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await file.write!(0, Uint8Array.of(42));
    // Neither a read that comes while the old page is still on its way, nor one after that, may see it.
    const meanwhile = readAt(file, 0, 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    finish();
    await early;
    expect((await meanwhile)[0]).toBe(42);
    expect((await readAt(file, 0, 1))[0]).toBe(42);
  });

  it('can be wrong about nothing when a read fails', async () => {
    const file = cached(faulty(later(), { op: 'read', times: 1 }));
    await expect(readAt(file, 0, 4)).rejects.toMatchObject(maybe);
    expect(await readAt(file, 0, 4)).toEqual(ramp(4));
  });

  it('reads on below after short counts', async () => {
    expect(await readAt(cached(shortReads(later(), 7)), 0, 1000)).toEqual(ramp(1000));
  });
});
