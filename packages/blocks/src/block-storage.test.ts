import {
  type AccessOptions,
  deriveFile,
  MemoryFile,
  MemoryStore,
  type Mode,
  memoryDriver,
  openWith,
} from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockStorage, errors, WordSlot } from './index.js';

const text = (value: string) => new TextEncoder().encode(value);

function inMemory(options = {}) {
  const driver = memoryDriver();
  const file = openWith(driver, { name: 'a', mode: 'w' });
  return { driver, storage: BlockStorage.create(file, options) };
}

function code(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as { code?: string; name: string }).code ?? (error as Error).name;
  }
  return undefined;
}

describe('BlockStorage', () => {
  it('keeps blocks over closing and opening', () => {
    const { driver, storage } = inMemory();
    storage.beginWrite();
    expect(storage.allocateNext(5)).toBe(1);
    const id = storage.allocate(5);
    storage.write(id, text('hello'));
    storage.end();
    storage.close();

    const again = BlockStorage.open(openWith(driver, { name: 'a' }));
    expect(new TextDecoder().decode(again.read(id))).toBe('hello');
    expect(again.sizeOf(id)).toBe(5);
    expect(again.has(2)).toBe(false);
    expect(again.verify()).toEqual([]);
  });

  it('has the published header, byte for byte', () => {
    const { driver, storage } = inMemory();
    const bytes = () => Buffer.from(driver.files.get('a')!.bytes.subarray(0, 32)).toString('hex');
    expect(bytes()).toBe('894253540d0a1a0a01000000000000000000000000000000000000000000000'.padEnd(64, '0'));
    storage.transaction(() => storage.write(storage.allocate(64), new Uint8Array(64).fill(1)));
    // The block is at 8192, the allocations node at 8256, the list of resting ranges and nothing free behind it.
    const roots = storage.blocks().filter(({ kind }) => kind === 'allocations' || kind === 'free-chunks');
    const word = (value: number) => {
      const view = Buffer.alloc(8);
      view.writeBigUInt64LE(BigInt(value));
      return view.toString('hex');
    };
    const [allocations] = roots.filter(({ kind }) => kind === 'allocations');
    const [free] = roots.filter(({ kind }) => kind === 'free-chunks');
    expect(allocations!.start).toBe(8256);
    expect(bytes()).toBe(`894253540d0a1a0a0100${word(8256)}${word(free?.start ?? 0)}000000000000`);
  });

  it('reads zeros where nothing was written', () => {
    const { storage } = inMemory();
    storage.beginWrite();
    const never = storage.allocate(100_000);
    const partly = storage.allocate(200_000);
    storage.write(partly, text('end'), 199_997);
    expect(storage.read(partly, 0, 10)).toEqual(new Uint8Array(10));
    storage.end();
    expect(storage.read(never)).toEqual(new Uint8Array(100_000));
    const bytes = storage.read(partly);
    expect(bytes.subarray(0, 199_997).every((byte) => byte === 0)).toBe(true);
    expect(new TextDecoder().decode(bytes.subarray(199_997))).toBe('end');
    storage.transaction(() => storage.resize(partly, 10));
    storage.transaction(() => storage.resize(partly, 300_000));
    expect(storage.read(partly).every((byte) => byte === 0)).toBe(true);
    expect(storage.verify()).toEqual([]);
  });

  it('shows views of what is committed, at addresses that fit any typed array', () => {
    const { storage } = inMemory();
    const id = storage.transaction(() => {
      const made = storage.allocate(24);
      storage.write(made, new Uint8Array(new Float64Array([1, 2, 3]).buffer));
      return made;
    });
    const lease = storage.view(id)!;
    const { buffer, byteOffset } = lease.bytes;
    expect(byteOffset % 64).toBe(0);
    expect([...new Float64Array(buffer, byteOffset, 3)]).toEqual([1, 2, 3]);
    lease.release();
    const empty = storage.transaction(() => storage.allocate(8));
    expect(storage.view(empty)).toBeUndefined();
  });

  it('streams in and out', async () => {
    const { storage } = inMemory();
    storage.beginWrite();
    const id = storage.allocate(10);
    expect(await storage.writeFrom(id, [text('01234'), text('56789')])).toBe(10);
    storage.end();
    const pieces: string[] = [];
    for await (const piece of storage.stream(id, 4)) pieces.push(new TextDecoder().decode(piece));
    expect(pieces).toEqual(['0123', '4567', '89']);
  });

  it('lets the file shrink when its end is free', () => {
    const { driver, storage } = inMemory();
    const ids = storage.transaction(() =>
      [1, 2, 3].map(() => {
        const id = storage.allocate(1 << 20);
        storage.write(id, new Uint8Array(1 << 20));
        return id;
      }),
    );
    expect(driver.files.get('a')!.size).toBeGreaterThan(3 << 20);
    storage.transaction(() => {
      for (const id of ids) storage.free(id);
    });
    // Two commits later the space is free, and what lies behind it moves when it is next written.
    for (let time = 0; time < 8; time++) storage.transaction(() => storage.allocate(1));
    expect(driver.files.get('a')!.size).toBeLessThan(60_000);
    expect(storage.verify()).toEqual([]);
  });

  it('compacts while ids stay', () => {
    const { driver, storage } = inMemory();
    const ids = storage.transaction(() =>
      Array.from({ length: 200 }, (_, index) => {
        const id = storage.allocate(1000 + index * 37);
        storage.write(id, new Uint8Array(1000 + index * 37).fill(index));
        return id;
      }),
    );
    storage.transaction(() => {
      for (const id of ids) if (id % 3 !== 0) storage.free(id);
    });
    const before = driver.files.get('a')!.size;
    storage.beginWrite();
    storage.compact();
    storage.end();
    const kept = ids.filter((id) => id % 3 === 0);
    const needed = kept.reduce((sum, id) => sum + storage.sizeOf(id), 0);
    expect(driver.files.get('a')!.size).toBeLessThan(before / 2);
    expect(driver.files.get('a')!.size).toBeLessThan(needed + 100_000);
    for (const id of kept) expect(storage.read(id).every((byte) => byte === id - 1)).toBe(true);
    expect(storage.verify()).toEqual([]);
  });

  it('tells the file of all blocks and nodes that they will be flushed soon', () => {
    const below = new MemoryFile(new MemoryStore(), 'a', true);
    const hints: boolean[] = [];
    const file = deriveFile(below, {
      write(position: number, source: Uint8Array, options?: AccessOptions) {
        if (options?.kind !== 'superblock') hints.push(options?.flushSoon === true);
        below.write(position, source);
      },
    });
    const storage = BlockStorage.create(file);
    storage.transaction(() => {
      for (const size of [100, 70_000]) storage.write(storage.allocate(size), new Uint8Array(size));
    });
    expect(hints).toEqual([true, true, true]);
  });

  it('puts blocks of whole 64 KiB at multiples of that, and where they fit when nothing else is left', () => {
    const whole = 65_536;
    const limit = 64 * whole;
    const { driver, storage } = inMemory({ limit });
    const length = () => driver.files.get('a')!.size;
    const add = (size: number) => storage.write(storage.allocate(size), new Uint8Array(size).fill(1));
    storage.beginWrite();
    add(100);
    add(whole);
    storage.commit();
    // Not where that would double the file.
    expect(length()).toBeLessThan(1.5 * whole);
    add(24 * whole + 100);
    const full = code(() => {
      for (let time = 0; ; time++) {
        add(time % 3 === 0 ? 5000 : whole);
        storage.commit();
      }
    });
    expect(full).toBe('BLK_FULL');
    storage.rollback();
    const large = storage.blocks().filter(({ kind, size }) => kind === 'block' && size === whole);
    expect(large.length).toBeGreaterThan(30);
    expect(large.filter(({ start }) => start % whole !== 0).length).toBeLessThan(3);
    expect(length()).toBeGreaterThan(limit - whole);
    expect(storage.verify()).toEqual([]);
  });

  it('never grows beyond its limit', () => {
    const { driver, storage } = inMemory({ limit: 100_000 });
    const fill = () => {
      storage.beginWrite();
      for (;;) storage.write(storage.allocate(1000), new Uint8Array(1000));
    };
    expect(code(fill)).toBe('BLK_FULL');
    expect(code(() => storage.commit())).toBe('BLK_FULL');
    expect(code(() => storage.commit())).toBe('BLK_NOT_WRITING');
    storage.rollback();
    expect(driver.files.get('a')!.size).toBeLessThanOrEqual(100_000);
    expect(storage.verify().filter(({ harmless }) => !harmless)).toEqual([]);
    storage.transaction(() => storage.write(storage.allocate(1000), new Uint8Array(1000)));
    expect(storage.verify()).toEqual([]);
  });

  it('keeps words outside of itself, and refuses them inside', () => {
    const driver = memoryDriver();
    const file = openWith(driver, { name: 'a', mode: 'w' });
    const storage = BlockStorage.create(file, { offset: 4096 });
    const [outside, inside] = [WordSlot.at(40), WordSlot.at(4090)];
    expect(`${outside} ${WordSlot.inBlock(7)}`).toBe('(A:00000028) (B:00000007)');
    storage.beginWrite();
    storage.writeSlot(outside, 7);
    expect(code(() => storage.writeSlot(inside, 7))).toBe('RangeError');
    const block = storage.allocate(8);
    storage.writeSlot(WordSlot.inBlock(block), 9);
    expect(storage.readSlot(outside)).toBe(7);
    storage.rollback();
    expect(storage.readSlot(outside)).toBe(0);
    storage.transaction(() => storage.writeSlot(outside, 8));
    expect(driver.files.get('a')!.bytes[40]).toBe(8);
    storage.beginWrite();
    for (let at = 48; at < 48 + 246 * 8; at += 8) storage.writeSlot(WordSlot.at(at), 1);
    expect(code(() => storage.writeSlot(WordSlot.at(48 + 246 * 8), 1))).toBe('BLK_TOO_MANY_WORDS');
    storage.end();
    expect(storage.verify()).toEqual([]);
  });

  it('refuses what is out of order, by code', () => {
    const { driver, storage } = inMemory();
    expect(code(() => storage.allocate(1))).toBe('BLK_NOT_WRITING');
    expect(code(() => storage.end())).toBe('BLK_NOT_WRITING');
    expect(code(() => storage.read(1))).toBe('BLK_NO_BLOCK');
    storage.begin();
    storage.begin();
    expect(code(() => storage.beginWrite())).toBe('BLK_BUSY');
    expect(code(() => storage.upgrade())).toBe('BLK_BUSY');
    storage.end();
    storage.upgrade();
    const id = storage.allocate(4);
    expect(code(() => storage.write(id, new Uint8Array(5)))).toBe('RangeError');
    expect(code(() => storage.allocate(-1))).toBe('RangeError');
    expect(code(() => storage.begin())).toBe('BLK_BUSY');
    expect(code(() => storage.stat())).toBe('BLK_BUSY');
    const other = BlockStorage.open(openWith(driver, { name: 'a', mode: 'r+' }));
    expect(code(() => other.beginWrite())).toBe('BLK_BUSY');
    storage.relinquish();
    expect(code(() => storage.allocate(1))).toBe('BLK_NOT_WRITING');
    storage.end();
    other.begin();
    storage.transaction(() => storage.free(id));
    expect(code(() => other.upgrade())).toBe('BLK_CHANGED');
    other.end();
    const reader = BlockStorage.open(openWith(driver, { name: 'a' }));
    expect(code(() => reader.beginWrite())).toBe('IO_READ_ONLY');
    expect(code(() => BlockStorage.open(openWith(driver, { name: 'a' }), { offset: 7 }))).toBe('RangeError');
  });

  it('refuses foreign, newer and damaged files, by code', () => {
    const open = (change: (bytes: Uint8Array) => Uint8Array) => {
      const { driver, storage } = inMemory();
      storage.close();
      const image = change(driver.files.get('a')!.bytes.slice());
      return code(() => BlockStorage.open(openWith(memoryDriver({ b: image }), { name: 'b' })));
    };
    const set = (at: number, value: number) => open((bytes) => bytes.fill(value, at, at + 1));
    expect(open((bytes) => bytes)).toBeUndefined();
    expect(open(() => new Uint8Array(0))).toBe('BLK_NOT_A_STORAGE');
    expect(open((bytes) => bytes.slice(0, 4000))).toBe('BLK_DAMAGED');
    expect(set(1, 0)).toBe('BLK_NOT_A_STORAGE');
    expect(set(8, 2)).toBe('BLK_TOO_NEW');
    expect(set(8, 0)).toBe('BLK_DAMAGED');
    expect(set(26, 1)).toBe('BLK_DAMAGED');
    expect(set(4110, 1)).toBe('BLK_DAMAGED');
  });

  it('tells a writer that another one committed, where there are no locks', () => {
    const driver = memoryDriver();
    BlockStorage.create(openWith(driver, { name: 'a', mode: 'w' })).close();
    const open = () => {
      const { lock: _, ...capabilities } = driver.open({ driver: 'memory', name: 'a', mode: 'r+' }).manifest
        .capabilities;
      const file = deriveFile(driver.open({ driver: 'memory', name: 'a', mode: 'r+' }), {
        manifest: { capabilities },
      });
      return BlockStorage.open(file);
    };
    const [one, two] = [open(), open()];
    one.beginWrite();
    two.beginWrite();
    one.allocate(1);
    two.allocate(2);
    one.end();
    expect(code(() => two.end())).toBe('BLK_CHANGED');
    two.rollback();
    expect(two.sizeOf(1)).toBe(1);
    expect(errors.table.BLK_CHANGED.summary).toBeTruthy();
  });
});

/** What a user can do, as data. */
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('allocate' as const), size: fc.nat(9000), fill: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      which: fc.nat(),
      at: fc.nat(9000),
      length: fc.nat(9000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('free' as const), which: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('resize' as const), which: fc.nat(), size: fc.nat(20000) }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'commit' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'rollback' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'compact' as const }) },
);

async function follow(
  mode: Mode,
  offset: number,
  steps: fc.GeneratorValue | readonly unknown[],
): Promise<void> {
  const disk = memoryDriver();
  const driver = mode === 'sync' ? disk : delayed(disk);
  const open = async (create: boolean) => {
    const file = await openWith<Mode>(driver, { name: 'a', mode: create ? 'w' : 'r+' });
    return create
      ? BlockStorage.create(file, { offset })
      : BlockStorage.open(file, { offset, cachedNodes: 8 });
  };
  let storage = await open(true);
  let committed = new Map<number, Uint8Array>();
  let staged = new Map(committed);
  let seed = 0;
  await storage.beginWrite();
  for (const each of steps as readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) {
    const ids = [...staged.keys()];
    const id = 'which' in each ? ids[each.which % Math.max(ids.length, 1)] : undefined;
    if (each.do === 'allocate') {
      const made = await storage.allocate(each.size);
      expect(staged.has(made)).toBe(false);
      staged.set(made, new Uint8Array(each.size));
      if (each.fill) {
        const bytes = new Uint8Array(each.size).fill(++seed);
        await storage.write(made, bytes);
        staged.set(made, bytes);
      }
    } else if (each.do === 'write' && id !== undefined) {
      const old = staged.get(id)!;
      const at = Math.min(each.at, old.length);
      const bytes = new Uint8Array(Math.min(each.length, old.length - at)).fill(++seed);
      await storage.write(id, bytes, at);
      const next = old.slice();
      next.set(bytes, at);
      staged.set(id, next);
    } else if (each.do === 'free' && id !== undefined) {
      await storage.free(id);
      staged.delete(id);
    } else if (each.do === 'resize' && id !== undefined) {
      await storage.resize(id, each.size);
      const next = new Uint8Array(each.size);
      next.set(staged.get(id)!.subarray(0, each.size));
      staged.set(id, next);
    } else if (each.do === 'commit') {
      await storage.commit();
      committed = new Map(staged);
    } else if (each.do === 'compact') {
      await storage.compact();
      committed = new Map(staged);
    } else if (each.do === 'rollback' || each.do === 'reopen') {
      if (each.do === 'rollback') await storage.rollback();
      else {
        await storage.close();
        storage = await open(false);
      }
      staged = new Map(committed);
      await storage.beginWrite();
    }
    for (const [which, bytes] of staged) {
      if (which % 3 === seed % 3) expect(await storage.read(which)).toEqual(bytes);
    }
  }
  await storage.end();
  for (const [id, bytes] of staged) expect(await storage.read(id)).toEqual(bytes);
  expect(await storage.verify()).toEqual([]);
  const { blocks, blockBytes } = await storage.stat();
  expect(blocks).toBe(staged.size);
  expect(blockBytes).toBe([...staged.values()].reduce((sum, { length }) => sum + length, 0));
  await storage.close();
}

describe('BlockStorage beside a model', () => {
  const steps = fc.array(step, { maxLength: 60 });

  it('does the same, at once', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(0, 64, 4096), (list, offset) => follow('sync', offset, list)),
      {
        numRuns: 150,
      },
    );
  });

  it('does the same, by promise', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (list) => follow('async', 64, list)),
      { numRuns: 40 },
    );
  });
});
