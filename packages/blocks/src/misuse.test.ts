import { ioErrors, MemoryFile, MemoryStore, memoryDriver, openWith } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import { wrapFile } from '@terrane/driver-kit';
import { describe, expect, it } from 'vitest';
import { BlockIndex, BlockStorage, WordSlot } from './index.js';

const numbers = {
  order: { keyOf: (value: number) => value, compare: (key: number, value: number) => key - value },
  format: {
    bytes: 8,
    read: (view: DataView, at: number) => view.getFloat64(at),
    write: (view: DataView, at: number, value: number) => view.setFloat64(at, value),
  },
  root: WordSlot.at(40),
};
const filled = (size: number, value: number) => new Uint8Array(size).fill(value);
const coded = (code: string) => expect.objectContaining({ code });

function fresh(options = {}) {
  const store = new MemoryStore();
  const open = () => BlockStorage.open(new MemoryFile(store, 'file', true), { offset: 64 });
  const storage = BlockStorage.create(new MemoryFile(store, 'file', true), { offset: 64, ...options });
  return { store, storage, open };
}

describe('calls that nobody waited for', () => {
  async function far() {
    const disk = memoryDriver();
    const file = await openWith(delayed(disk, { by: 'turn' }), { name: 'a', mode: 'w' });
    const storage = await BlockStorage.create(file);
    const ids: number[] = [];
    await storage.transaction(async () => {
      for (let count = 0; count < 10; count++) ids.push(await storage.allocate(1000));
    });
    return { storage, ids, disk };
  }

  it('lose no bytes when one of them reads what is still to be written', async () => {
    const { storage, ids } = await far();
    const target = new Uint8Array(1000);
    const calls: Promise<unknown>[] = [storage.beginWrite()];
    for (const id of ids) {
      calls.push(storage.write(id, filled(1000, id)));
      if (id === ids[0]) calls.push(storage.readInto(id, target));
    }
    await Promise.all([...calls, storage.end()]);
    expect(target[999]).toBe(ids[0]);
    for (const id of ids) expect(await storage.read(id)).toEqual(filled(1000, id));
  });

  it('are refused what shows the committed state once something is staged, and lose nothing', async () => {
    const { storage, ids, disk } = await far();
    const into = await openWith(delayed(disk), { name: 'b', mode: 'w' });
    const results = await Promise.allSettled([
      storage.beginWrite(),
      storage.write(ids[0]!, filled(1000, 9)),
      storage.verify(),
      storage.stat(),
      storage.blocks(),
      BlockStorage.compactInto(storage, into),
      storage.end(),
      storage.verify(),
    ]);
    const reasons = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'done'));
    const busy = 'BLK_BUSY';
    expect(reasons).toEqual(['done', 'done', busy, busy, busy, busy, 'done', 'done']);
    expect(await storage.read(ids[0]!)).toEqual(filled(1000, 9));
  });

  it('are made before a close that came after them, and refused behind it', async () => {
    const { storage, ids } = await far();
    const read = storage.read(ids[0]!);
    const closed = [storage.close(), storage.close()];
    const late = Promise.allSettled([storage.has(ids[0]!), storage.begin(), storage.allocate(1)]);
    expect(await read).toEqual(filled(1000, 0));
    expect(await Promise.all(closed)).toEqual([undefined, undefined]);
    for (const result of await late) expect(result).toMatchObject({ reason: coded('IO_CLOSED') });
  });
});

describe('a storage that is closed', () => {
  it.each([0, 3])('says so whatever it is asked, with %i blocks', (blocks) => {
    const { storage } = fresh();
    const index = storage.transaction(() => BlockIndex.create(storage, numbers));
    storage.transaction(() => {
      for (let count = 0; count < blocks; count++) storage.write(storage.allocate(9), filled(9, 1));
      if (blocks > 0) index.upsert(1);
    });
    storage.begin();
    storage.close();
    storage.close();
    const calls: (() => unknown)[] = [
      () => storage.begin(),
      () => storage.beginWrite(),
      () => storage.upgrade(),
      () => storage.commit(),
      () => storage.transaction(() => 1),
      () => storage.allocate(1),
      () => storage.allocateInPlace(1),
      () => storage.write(1, filled(1, 1)),
      () => storage.free(1),
      () => storage.resize(1, 2),
      () => storage.has(1),
      () => storage.sizeOf(1),
      () => storage.read(1),
      () => storage.readInto(1, filled(1, 1)),
      () => storage.view(1),
      () => storage.readSlot(WordSlot.at(40)),
      () => storage.writeSlot(WordSlot.at(40), 1),
      () => storage.blocks(),
      () => storage.stat(),
      () => storage.verify(),
      () => storage.compact(),
      () => storage.isCurrent(),
      () => storage.flush(),
      () => index.find(1),
      () => index.min(),
      () => index.floor(1),
      () => index.count(),
      () => index.isEmpty(),
      () => [...index.values()],
      () => index.upsert(1),
    ];
    for (const [place, call] of calls.entries()) expect(call, String(place)).toThrow(coded('IO_CLOSED'));
    // What only ends something is harmless.
    storage.end();
    storage.rollback();
  });
});

describe('access', () => {
  it('to write goes on after looking at what is committed', () => {
    const { storage } = fresh();
    storage.beginWrite();
    for (let round = 0; round < 3; round++) {
      expect(storage.verify()).toEqual([]);
      expect(storage.stat().blocks).toBe(round);
      storage.write(storage.allocate(5), filled(5, 1));
      expect(() => storage.verify()).toThrow(coded('BLK_BUSY'));
      storage.commit();
    }
    storage.end();
  });

  it('goes on reading what it read when that cannot be written', () => {
    const { storage, open } = fresh();
    const id = storage.transaction(() => storage.allocate(5));
    const other = open();
    other.begin();
    const { sequence } = other;
    storage.transaction(() => storage.resize(id, 7));
    expect(() => other.upgrade()).toThrow(coded('BLK_CHANGED'));
    expect([other.sequence, other.sizeOf(id), other.writing]).toEqual([sequence, 5, false]);
    other.end();
    other.begin();
    expect(other.sizeOf(id)).toBe(7);
    other.upgrade();
    other.allocate(1);
    other.rollback();
    other.end();
    expect(() => other.end()).toThrow(coded('BLK_NOT_WRITING'));
    storage.transaction(() => storage.free(id));
  });

  it('tells what failed first when rolling back fails, too', async () => {
    const store = new MemoryStore();
    BlockStorage.create(new MemoryFile(store, 'file', true)).close();
    let broken = false;
    const file = wrapFile(new MemoryFile(store, 'file', true), (_op, _args, call) => {
      if (broken) throw ioErrors.IO_NO_SPACE({ message: 'later' });
      return call();
    });
    const storage = BlockStorage.open(file);
    const fail = () => {
      storage.write(storage.allocate(3), filled(3, 1));
      broken = true;
      throw new Error('first');
    };
    expect(() => storage.transaction(fail)).toThrow('first');
    // Nothing that was staged is left, whatever the file says.
    expect([storage.writing, storage.has(1)]).toEqual([false, false]);
    broken = false;
    await expect(storage.transaction(async () => fail() as never)).rejects.toThrow('first');
    broken = false;
    storage.transaction(() => storage.allocate(1));
    expect(storage.verify()).toEqual([]);
  });
});

describe('what would go on for ever', () => {
  it.each([false, true])('ends: an index that is opened with another order (backwards: %s)', (backwards) => {
    const { storage, open } = fresh();
    const index = storage.transaction(() => BlockIndex.create(storage, numbers));
    storage.transaction(() => index.upsertAll(Array.from({ length: 500 }, (_, at) => at)));
    expect([...index.values({ backwards })].length).toBe(500);
    const order = { ...numbers.order, compare: (key: number, value: number) => value - key };
    const wrong = BlockIndex.open(open(), { ...numbers, order });
    expect(() => [...wrong.values({ backwards })]).toThrow(coded('BLK_DAMAGED'));
    expect(wrong.verify()).not.toEqual([]);
  });

  it('ends: a stream of pieces without bytes', async () => {
    const { storage } = fresh();
    const id = storage.transaction(() => storage.allocate(5));
    for (const bytes of [0, -1, 0.5, Number.NaN]) {
      await expect(storage.stream(id, bytes).next()).rejects.toThrow(RangeError);
    }
  });
});

describe('numbers that the format cannot hold', () => {
  it('are refused before they are committed', () => {
    const { storage, open } = fresh();
    const most = Number.MAX_SAFE_INTEGER;
    const id = storage.transaction(() => storage.allocate(most));
    expect(storage.sizeOf(id)).toBe(most);
    expect(() => storage.transaction(() => storage.allocate(1))).toThrow(coded('BLK_FULL'));
    expect(() => storage.transaction(() => storage.write(id, filled(1, 1)))).toThrow(coded('BLK_FULL'));
    expect(open().sequence).toBe(storage.sequence);
    storage.transaction(() => storage.resize(id, 2 ** 40));
    storage.transaction(() => storage.allocate(2 ** 33));
    expect(open().stat()).toMatchObject({ blocks: 2, blockBytes: 2 ** 40 + 2 ** 33 });
    expect(storage.read(id, 2 ** 39, 3)).toEqual(filled(3, 0));
    expect(open().verify()).toEqual([]);
  });

  it('are no beginning of a storage', () => {
    expect(() => fresh({ after: Number.MAX_SAFE_INTEGER })).toThrow(RangeError);
    const { storage, open } = fresh({ after: 2 ** 52 });
    storage.transaction(() => storage.allocate(1));
    expect(open().sequence).toBe(2 ** 52 + 2);
  });

  it('nor is a limit without room for one, which leaves the file as it is', () => {
    const store = new MemoryStore(filled(20_000, 7));
    const create = (limit: number) =>
      BlockStorage.create(new MemoryFile(store, 'file', true), { offset: 64, limit });
    expect(() => create(64 + 8191)).toThrow(coded('BLK_FULL'));
    expect(store.bytes).toEqual(filled(20_000, 7));
    const storage = create(64 + 8192);
    expect(() => storage.transaction(() => storage.allocate(1))).toThrow(coded('BLK_FULL'));
    expect([store.size, storage.verify()]).toEqual([8256, []]);
  });
});
