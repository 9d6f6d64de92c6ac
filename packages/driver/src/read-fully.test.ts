import { describe, expect, it } from 'vitest';
import { faultyFile } from './faulty.fixture.js';
import { checked, memoryDriver, openWith } from './index.js';

const source = openWith(memoryDriver({ a: new Uint8Array([1, 2, 3]) }), { name: 'a', mode: 'r' });

/** Reads that come to nothing a few times, while the file's size says that there is more. */
function behind(times: number): (position: number, target: Uint8Array) => number {
  let left = times;
  return (position, target) => (left-- > 0 ? 0 : source.read(position, target));
}

describe('a read that comes to nothing', () => {
  it('is made again: the file may have grown between it and the look at its size', async () => {
    const target = new Uint8Array(3);
    const read = behind(1);
    const again = behind(1);
    const size = () => 3;
    expect(checked(faultyFile('sync', { read, size })).read(0, target)).toBe(3);
    expect([...target]).toEqual([1, 2, 3]);
    const file = checked(faultyFile('async', { read: async (p, t) => again(p, t), size: async () => 3 }));
    expect(await file.read(0, target)).toBe(3);
  });

  it('is a broken contract when it comes to nothing again', async () => {
    const read = behind(Number.POSITIVE_INFINITY);
    const broken = expect.objectContaining({ code: 'DRV_CONTRACT_BROKEN' });
    expect(() => checked(faultyFile('sync', { read, size: () => 3 })).read(0, new Uint8Array(3))).toThrow(
      broken,
    );
    const file = checked(faultyFile('async', { read: async (p, t) => read(p, t), size: async () => 3 }));
    await expect(file.read(0, new Uint8Array(3))).rejects.toEqual(broken);
  });
});
