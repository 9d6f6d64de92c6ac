import { describe, expect, it, vi } from 'vitest';
import { faultyFile } from './faulty.fixture.js';
import {
  checked,
  type DriverFile,
  defineManifest,
  memoryDriver,
  openWith,
  type TraceEvent,
} from './index.js';
import { delayed } from './testing/index.js';

const ten = Uint8Array.from({ length: 10 }, (_, index) => index);
const read = (mode: 'r' | 'r+' = 'r') => openWith(memoryDriver({ ten }), { name: 'ten', mode });
const never = <T>() => new Promise<T>(() => {});

describe('arguments', () => {
  it('are refused as plain misuse', () => {
    const file = read('r+');
    expect(() => file.read(-1, new Uint8Array(1))).toThrow(RangeError);
    expect(() => file.read(0.5, new Uint8Array(1))).toThrow(RangeError);
    expect(() => file.read('0' as never, new Uint8Array(1))).toThrow(TypeError);
    expect(() => file.read(0, new Uint16Array(1) as never)).toThrow(TypeError);
    expect(() => file.read(0, undefined as never)).toThrow(TypeError);
    expect(() => file.write(0, [1] as never)).toThrow(TypeError);
    expect(() => file.readMany({} as never)).toThrow(TypeError);
    expect(() => file.lock('both' as never)).toThrow(TypeError);
    expect(() => file.truncate(Number.NaN)).toThrow(RangeError);
    expect(() => file.write(Number.MAX_SAFE_INTEGER, new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: 'IO_OUT_OF_RANGE', driver: 'memory', op: 'write' }),
    );
  });

  it('arrive as rejections over promises', async () => {
    const file = await openWith(delayed(memoryDriver({ ten })), { name: 'ten' });
    const call = file.read(-1, new Uint8Array(1));
    await expect(call).rejects.toThrow(RangeError);
    await expect(openWith(delayed(memoryDriver()), { name: 'x', mode: 'q' as never })).rejects.toThrow(
      RangeError,
    );
  });
});

describe('what the manifest does not declare', () => {
  it('is refused by name', () => {
    const file = checked(faultyFile('sync', {}));
    expect(() => file.write(0, ten)).toThrow(expect.objectContaining({ code: 'IO_READ_ONLY', op: 'write' }));
    expect(() => file.truncate(0)).toThrow(expect.objectContaining({ code: 'IO_READ_ONLY', op: 'truncate' }));
    expect(() => file.view(0, 1)).toThrow(
      expect.objectContaining({ code: 'IO_UNSUPPORTED', feature: 'view' }),
    );
    expect(() => file.lock('shared')).toThrow(expect.objectContaining({ code: 'IO_UNSUPPORTED' }));
    expect(() => file.flush()).not.toThrow();
    const writing = checked(faultyFile('sync', { write() {} }, { write: true }));
    expect(() => writing.flush()).toThrow(
      expect.objectContaining({ code: 'IO_UNSUPPORTED', feature: 'flush' }),
    );
  });

  it('and what it declares without having breaks the contract', () => {
    const codes = { code: 'DRV_CONTRACT_BROKEN' };
    expect(() => checked(faultyFile('sync', {}, { lock: true }))).toThrow(expect.objectContaining(codes));
    const thawed = { ...faultyFile('sync', {}), manifest: { driver: 'x' } } as never;
    expect(() => checked(thawed)).toThrow(expect.objectContaining(codes));
    expect(() => checked({} as never)).toThrow(expect.objectContaining(codes));
    const noRead = { ...faultyFile('sync', {}), read: undefined } as never;
    expect(() => checked(noRead)).toThrow(expect.objectContaining(codes));
  });
});

describe('reading', () => {
  it('goes on after a short count, up to the end', async () => {
    const source = read();
    const short = (position: number, target: Uint8Array) => source.read(position, target.subarray(0, 3));
    const target = new Uint8Array(16);
    expect(checked(faultyFile('sync', { read: short })).read(2, target)).toBe(8);
    expect([...target.subarray(0, 9)]).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 0]);
    const file = checked(faultyFile('async', { read: async (p, t) => short(p, t) }));
    expect(await file.read(2, target)).toBe(8);
  });

  it.each<[string, Partial<DriverFile<'sync'>>]>([
    ['more bytes than fit', { read: () => 99 }],
    ['less than nothing', { read: () => -1 }],
    ['no number', { read: () => undefined as never }],
    ['an end before the size', { size: () => 1000 }],
    ['no size', { size: () => Number.NaN, read: () => 0 }],
    ['a promise', { read: () => Promise.resolve(1) as never }],
  ])('names a driver that answers %s', (_, methods) => {
    const file = checked(faultyFile('sync', methods));
    const error = { code: 'DRV_CONTRACT_BROKEN', driver: 'faulty', target: 'ten' };
    expect(() => file.read(0, new Uint8Array(20))).toThrow(expect.objectContaining(error));
  });

  it('brands what a driver throws, once, and keeps the original', async () => {
    const cause = new Error('disk on fire');
    const file = checked(
      faultyFile('async', {
        read: () => {
          throw cause;
        },
      }),
    );
    const error = await file.read(4, new Uint8Array(2)).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'IO_UNEXPECTED',
      driver: 'faulty',
      op: 'read',
      offset: 4,
      length: 2,
      cause,
    });
    const again = checked(faultyFile('async', { read: () => Promise.reject(error) }));
    await expect(again.read(5, new Uint8Array(1))).rejects.toBe(error);
    expect(error).toMatchObject({ offset: 4 });
  });
});

describe('signals', () => {
  it('refuse before, and reject with their reason untouched', async () => {
    const reason = { mine: true };
    const file = await openWith(delayed(memoryDriver({ ten })), { name: 'ten' });
    const aborted = AbortSignal.abort(reason);
    await expect(file.read(0, new Uint8Array(1), { signal: aborted })).rejects.toBe(reason);
    expect(() => read().read(0, new Uint8Array(1), { signal: AbortSignal.abort(ten) })).toThrow();

    const controller = new AbortController();
    const hanging = checked(faultyFile('async', { read: never }));
    const call = hanging.read(0, new Uint8Array(1), { signal: controller.signal });
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('keep a target from late bytes', async () => {
    const controller = new AbortController();
    let finish = (_: number) => {};
    let seen: Uint8Array | undefined;
    const slow = (_: number, target: Uint8Array) => {
      seen = target;
      return new Promise<number>((resolve) => {
        finish = resolve;
      });
    };
    const file = checked(faultyFile('async', { read: slow }));
    const target = new Uint8Array(4);
    const call = file.read(0, target, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toThrow();
    seen?.fill(7);
    finish(4);
    await file.close();
    expect([...target]).toEqual([0, 0, 0, 0]);
  });

  it('name a driver that hangs past them when it is closed', async () => {
    const close = vi.fn(async () => {});
    const file = checked(faultyFile('async', { read: never, close }), { graceMilliseconds: 5 });
    const controller = new AbortController();
    const call = file.read(0, new Uint8Array(1), { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toThrow();
    await expect(file.close()).rejects.toMatchObject({ code: 'IO_HUNG', driver: 'faulty', op: 'close' });
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe('the life cycle', () => {
  it('ends once', () => {
    const close = vi.fn();
    const file = checked(faultyFile('sync', { close }));
    file.close();
    file.close();
    file[Symbol.dispose]();
    expect(close).toHaveBeenCalledTimes(1);
    expect(file.closed).toBe(true);
    expect(() => file.size()).toThrow(expect.objectContaining({ code: 'IO_CLOSED', op: 'size' }));
    expect(() => file.read(0, new Uint8Array(0))).toThrow(expect.objectContaining({ code: 'IO_CLOSED' }));
  });

  it('waits for work in flight', async () => {
    const file = await openWith(delayed(memoryDriver(), { by: 'turn' }), { name: 'a', mode: 'w' });
    const done: string[] = [];
    const write = file.write(0, ten).then(() => done.push('write'));
    const close = file.close().then(() => done.push('close'));
    await expect(file.size()).rejects.toMatchObject({ code: 'IO_CLOSED' });
    expect(file.close()).toBe(file.close());
    await Promise.all([write, close]);
    expect(done).toEqual(['write', 'close']);
  });

  it.each(['sync', 'async'] as const)('can be ended again when it failed (%s)', async (mode) => {
    let full = true;
    const close = () => {
      if (full) throw new Error('disk full');
      return (mode === 'sync' ? undefined : Promise.resolve()) as never;
    };
    const file = checked(faultyFile(mode, { close }));
    const failed = { code: 'IO_UNEXPECTED', op: 'close' };
    await expect((async () => file.close())()).rejects.toMatchObject(failed);
    expect(await file.size()).toBe(10);
    full = false;
    await file.close();
    expect(file.closed).toBe(true);
  });

  it('ends with the block that it belongs to', async () => {
    const file = await openWith(delayed(memoryDriver()), { mode: 'w' });
    await file[Symbol.asyncDispose]();
    expect(file.closed).toBe(true);
  });
});

describe('leases', () => {
  it('cannot be reached after release, close or a cut', () => {
    const file = read('r+');
    const [released, closed, cut] = [file.view(2, 3), file.view(8, 99), file.view(5, 5)];
    expect([...released!.bytes]).toEqual([2, 3, 4]);
    expect([...closed!.bytes]).toEqual([8, 9]);
    file.write(2, Uint8Array.of(42));
    expect(released!.bytes[0]).toBe(42);
    released!.release();
    released!.release();
    const gone = expect.objectContaining({ code: 'IO_LEASE_ENDED' });
    expect(() => released!.bytes).toThrow(gone);
    file.truncate(7);
    expect(() => cut!.bytes).toThrow(gone);
    file.close();
    expect(() => closed!.bytes).toThrow(gone);
  });

  // Without a trace and without promises a view takes a shorter way, which must not differ.
  it.each([
    ['at once', 'sync', undefined],
    ['traced', 'sync', () => {}],
    ['over promises', 'async', undefined],
  ] as const)('are refused alike, %s', async (_, mode, trace) => {
    const view = () => {
      throw new Error('no memory');
    };
    const options = trace ? { trace } : {};
    const file = checked(faultyFile(mode, { view }, { view: true }), options);
    expect(() => file.view(-1, 1)).toThrow(RangeError);
    expect(() => file.view(0, '1' as never)).toThrow(TypeError);
    const error = (more: object) => expect.objectContaining({ op: 'view', target: 'ten', ...more });
    expect(() => file.view(Number.MAX_SAFE_INTEGER, 1)).toThrow(error({ code: 'IO_OUT_OF_RANGE' }));
    expect(() => file.view(3, 4)).toThrow(error({ code: 'IO_UNEXPECTED', offset: 3, length: 4 }));
    expect(() => checked(faultyFile(mode, {}), options).view(0, 1)).toThrow(
      error({ code: 'IO_UNSUPPORTED', feature: 'view' }),
    );
    expect(checked(faultyFile(mode, { view: () => undefined }, { view: true })).view(0, 1)).toBeUndefined();
    await file.close();
    expect(() => file.view(0, 1)).toThrow(error({ code: 'IO_CLOSED' }));
  });
});

describe('the trace hook', () => {
  it('sees every call and changes nothing', () => {
    const events: TraceEvent[] = [];
    const trace = (event: TraceEvent) => {
      events.push(event);
      throw new Error('hook');
    };
    const file = openWith(memoryDriver({ ten }), { name: 'ten' }, {}, { trace });
    file.read(6, new Uint8Array(8), { kind: 'raw' });
    file.view(0, 1);
    expect(() => checked(faultyFile('sync', { size: () => -1 }), { trace }).size()).toThrow();
    file.close();
    expect(events.map(({ op }) => op)).toEqual(['read', 'view', 'size', 'close']);
    expect(events[0]).toMatchObject({
      position: 6,
      length: 8,
      count: 4,
      kind: 'raw',
      driver: 'memory',
      target: 'ten',
    });
    expect(events[2]).toMatchObject({ error: { code: 'DRV_CONTRACT_BROKEN' } });
  });
});

it('checks once, whichever copy of the package did it', async () => {
  vi.resetModules();
  const copy = await import('./index.js');
  expect(copy.checked).not.toBe(checked);
  const theirs = copy.openWith(copy.memoryDriver({ ten }), { name: 'ten' });
  expect(checked(theirs)).toBe(theirs);
  const mixed = openWith(copy.memoryDriver({ ten }), { name: 'ten' });
  expect(mixed.size()).toBe(10);
  expect(() => mixed.write(0, ten)).toThrow(expect.objectContaining({ code: 'IO_READ_ONLY' }));
  const file = read();
  expect(checked(file)).toBe(file);
  expect(
    Object.isFrozen(
      defineManifest({ driver: 'x', target: 'y', capabilities: {}, guarantees: {}, hints: {} }),
    ),
  ).toBe(true);
});
