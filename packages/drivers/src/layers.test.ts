import { channel } from 'node:diagnostics_channel';
import { checked, type DriverFile, memoryDriver, type TraceEvent } from '@terrane/driver';
import { CallCount, delayedFile } from '@terrane/driver/testing';
import { counting, faulty } from '@terrane/driver-kit';
import { describe, expect, it, vi } from 'vitest';
import {
  AccessStatistics,
  coalesce,
  countAccesses,
  limit,
  pageCache,
  readOnly,
  retry,
  toDiagnosticsChannel,
  trace,
} from './layers.js';

const ramp = (length: number) => Uint8Array.from({ length }, (_, index) => index * 7);
const memory = (bytes = ramp(1000)): DriverFile<'sync'> =>
  memoryDriver({ a: bytes }).open({ driver: 'memory', name: 'a', mode: 'r+' });
const later = (bytes = ramp(1000)) => delayedFile(memory(bytes), { by: 'turn' });
const readAt = async (file: DriverFile, position: number, length: number) => {
  const target = new Uint8Array(length);
  return target.subarray(0, await file.read(position, target));
};
const maybe = { code: 'IO_UNEXPECTED', retry: 'maybe' };

describe('readOnly', () => {
  it('refuses to write, and says what it is', () => {
    const file = checked(readOnly(memory()));
    expect(() => file.write(0, ramp(1))).toThrow(expect.objectContaining({ code: 'IO_READ_ONLY' }));
    expect(file.manifest.capabilities).toEqual({ view: true, lock: true });
  });
});

describe('retry', () => {
  it('tries again what may help, in either mode', async () => {
    const fault = { op: 'read', times: 3 } as const;
    expect(await readAt(retry(faulty(memory(), fault)), 0, 4)).toEqual(ramp(4));
    expect(await readAt(retry(faulty(later(), fault), { delay: 1 }), 0, 4)).toEqual(ramp(4));
  });

  it('gives up in the end, which the error says', async () => {
    const count = new CallCount();
    const file = retry(counting(faulty(memory(), { op: 'size' }), count), { retries: 2 });
    expect(() => file.size()).toThrow(expect.objectContaining({ code: 'IO_UNEXPECTED', retry: 'exhausted' }));
    expect(count.total).toBe(3);
    const slow = retry(faulty(later(), { op: 'size' }), { retries: 1, delay: 1 });
    await expect(slow.size()).rejects.toMatchObject({ retry: 'exhausted' });
  });

  it('does not try again what cannot help', () => {
    const count = new CallCount();
    const error = () => new RangeError('no');
    const file = retry(counting(faulty(memory(), { op: 'read', error }), count));
    expect(() => file.read(0, new Uint8Array(1))).toThrow(RangeError);
    expect(count.total).toBe(1);
  });

  it('doubles its wait, and stops waiting when nobody wants the answer', async () => {
    vi.useFakeTimers();
    try {
      const count = new CallCount();
      const broken = faulty(delayedFile(memory()), { op: 'read' });
      const file = retry(counting(broken, count), { delay: 100, retries: 5 });
      const controller = new AbortController();
      const call = file.read(0, new Uint8Array(1), { signal: controller.signal });
      const outcome = expect(call).rejects.toBe('enough');
      for (const [wait, calls] of [
        [99, 1],
        [1, 2],
        [199, 2],
        [1, 3],
      ] as const) {
        await vi.advanceTimersByTimeAsync(wait);
        expect(count.total).toBe(calls);
      }
      controller.abort('enough');
      await outcome;
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('limit', () => {
  it('lets only so many calls run at a time', async () => {
    let underway = 0;
    let most = 0;
    const slow = later();
    const watched: DriverFile<'async'> = {
      ...slow,
      read: async (...args) => {
        most = Math.max(most, ++underway);
        try {
          return await slow.read(...args);
        } finally {
          underway--;
        }
      },
    };
    const file = limit(watched, { concurrency: 3 });
    const reads = await Promise.all(Array.from({ length: 20 }, (_, index) => readAt(file, index, 5)));
    expect(reads[7]).toEqual(ramp(12).subarray(7));
    expect(most).toBe(3);
    most = 0;
    const narrow = limit(watched, { bytes: 10 });
    await Promise.all([4, 4, 4, 100, 1].map((length) => readAt(narrow, 0, length)));
    expect(most).toBe(2);
    expect(limit(memory()).mode).toBe('sync');
  });

  it('goes on after failures and withdrawals', async () => {
    const file = limit(faulty(later(), { op: 'read', times: 1 }), { concurrency: 1 });
    const controller = new AbortController();
    const calls = [
      file.read(0, new Uint8Array(1)),
      file.read(0, new Uint8Array(1), { signal: controller.signal }),
      file.read(0, new Uint8Array(1)),
    ];
    controller.abort('left the queue');
    expect(await Promise.allSettled(calls)).toMatchObject([
      { reason: maybe },
      { reason: 'left the queue' },
      { value: 1 },
    ]);
  });
});

describe('coalesce', () => {
  it('makes one read of those that are asked for in one turn', async () => {
    const count = new CallCount();
    const file = coalesce(counting(later(), count), { gapBytes: 10 });
    const reads = await Promise.all(
      [
        [0, 10],
        [15, 10],
        [500, 10],
        [5, 10],
      ].map(([at, n]) => readAt(file, at!, n!)),
    );
    expect(reads.map(([first]) => first)).toEqual([0, 105, (500 * 7) & 255, 35]);
    expect(count.calls).toEqual({ read: 2 });
    await readAt(file, 0, 1);
    expect(count.calls).toEqual({ read: 3 });
  });

  it('merges what a readMany asks for, in either mode', async () => {
    const requests = () => [0, 20, 900].map((position) => ({ position, target: new Uint8Array(10) }));
    for (const file of [memory(), later()]) {
      const count = new CallCount();
      const merged = coalesce(counting<'sync' | 'async'>(file, count), { gapBytes: 10 });
      const wanted = requests();
      expect(await checked(merged).readMany(wanted)).toEqual([10, 10, 10]);
      expect(wanted.map(({ target }) => target[0])).toEqual([0, 140, (900 * 7) & 255]);
      expect(count.calls.read).toBe(2);
    }
  });

  it('does not let one bad range fail its neighbours', async () => {
    const slow = later();
    const picky: DriverFile<'async'> = {
      ...slow,
      read: (at, target, options) =>
        at <= 50 && at + target.length > 50
          ? Promise.reject(new Error('bad sector'))
          : slow.read(at, target, options),
    };
    const file = coalesce(picky, { gapBytes: 100 });
    const calls = await Promise.allSettled([0, 45, 80].map((at) => readAt(file, at, 10)));
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('lets a read that can be aborted go alone', async () => {
    const count = new CallCount();
    const file = coalesce(counting(later(), count));
    const { signal } = new AbortController();
    await Promise.all([file.read(0, new Uint8Array(4), { signal }), file.read(4, new Uint8Array(4))]);
    expect(count.calls).toEqual({ read: 2 });
  });
});

describe('trace', () => {
  it('sees what reaches its place, in either mode', async () => {
    const events: TraceEvent[] = [];
    const hook = (event: TraceEvent) => {
      events.push(event);
      throw new Error('hook');
    };
    const below = trace(memory(), hook);
    const file = checked(pageCache(below, { soleUser: true }));
    file.read(0, new Uint8Array(4), { kind: 'raw' });
    file.read(0, new Uint8Array(4));
    expect(events.filter(({ op }) => op === 'read')).toMatchObject([
      { position: 0, length: 1000, count: 1000, kind: 'raw' },
    ]);
    events.length = 0;
    const failing = trace(faulty(later(), { op: 'read' }), hook);
    await expect(failing.read(3, new Uint8Array(2))).rejects.toMatchObject(maybe);
    expect(() => trace(faulty(memory(), { op: 'view' }), hook).view!(1, 2)).toThrow();
    await failing.truncate!(5);
    expect(events).toMatchObject([
      { op: 'read', position: 3, length: 2, error: maybe },
      { op: 'view', position: 1, length: 2, error: maybe },
      { op: 'truncate', position: 5 },
    ]);
  });

  it('publishes to a diagnostics channel, if somebody listens', () => {
    const seen: unknown[] = [];
    const listen = (event: unknown) => void seen.push(event);
    const file = trace(memory(), toDiagnosticsChannel());
    file.size();
    channel('terrane:driver').subscribe(listen);
    file.size();
    channel('terrane:driver').unsubscribe(listen);
    file.size();
    expect(seen).toMatchObject([{ op: 'size', driver: 'memory' }]);
    vi.stubGlobal('process', undefined);
    try {
      expect(() => toDiagnosticsChannel()).toThrow(
        expect.objectContaining({ code: 'DRV_DEPENDENCY_MISSING' }),
      );
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('countAccesses', () => {
  it('counts by kind of memory', () => {
    const statistics = new AccessStatistics();
    const file = countAccesses(coalesce(memory()), statistics);
    file.read(0, new Uint8Array(10), { kind: 'btree' });
    file.write!(0, new Uint8Array(4), { kind: 'raw' });
    file.write!(0, new Uint8Array(4));
    file.readMany!([
      { position: 0, target: new Uint8Array(3), kind: 'raw' },
      { position: 9, target: new Uint8Array(2) },
    ]);
    file.flush!();
    file.truncate!(3);
    file.size();
    expect(statistics.kinds).toEqual({
      btree: { reads: 1, bytesRead: 10, writes: 0, bytesWritten: 0 },
      raw: { reads: 1, bytesRead: 3, writes: 1, bytesWritten: 4 },
      unknown: { reads: 1, bytesRead: 2, writes: 1, bytesWritten: 4 },
    });
    expect(String(statistics)).toMatch(/^kind +reads +bytes +writes +bytes\nbtree +1 +10 +0 +0\n/);
    expect(String(statistics)).toMatch(/sizes 1, truncations 1, flushes 1\n$/);
  });
});
