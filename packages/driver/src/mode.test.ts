import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { always, chain, isPromise, settled } from './index.js';

it('chain goes on at once or later', async () => {
  expect(chain<'sync', number, number>(1, (n) => n + 1)).toBe(2);
  expect(await chain<'async', number, number>(Promise.resolve(1), async (n) => n + 1)).toBe(2);
});

it('always cleans up once, whatever happens', async () => {
  let cleaned = 0;
  const clean = () => void cleaned++;
  expect(always<'sync', number>(() => 1, clean)).toBe(1);
  expect(() =>
    always<'sync', number>(() => {
      throw new Error('x');
    }, clean),
  ).toThrow('x');
  expect(await always<'async', number>(async () => 1, clean)).toBe(1);
  await expect(always<'async', number>(() => Promise.reject(new Error('y')), clean)).rejects.toThrow('y');
  expect(cleaned).toBe(4);
});

it('settled and isPromise tell the modes apart', async () => {
  expect(settled('sync', 1)).toBe(1);
  expect(isPromise(settled('async', 1))).toBe(true);
  expect([
    isPromise(undefined),
    isPromise(null),
    isPromise(1),
    isPromise(runInNewContext('Promise.resolve()')),
  ]).toEqual([false, false, false, true]);
});
