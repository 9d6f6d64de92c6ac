import { type DriverFile, defineManifest, memoryDriver, openWith } from '@terrane/driver';
import { blob } from '@terrane/drivers';
import { expect, it } from 'vitest';
import { buffer, defineSchema, memoryView, ObjectStore, optional, struct, text, uint32 } from '../index.js';

const schema = defineSchema({ Root: struct({ name: text(), data: optional(buffer()) }) });

function written(count: number) {
  const disk = memoryDriver();
  const store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  store.assign(store.root, { data: new Uint32Array(count) });
  const { data } = memoryView(store.root.data!);
  const fill = (name: string) => {
    store.root.name = name;
    (data as Uint32Array).fill(name.length);
    store.commit();
  };
  fill('one');
  return { disk, store, fill };
}

/** The same file, but answering by promise; `before` runs before each read. */
function later(disk: ReturnType<typeof memoryDriver>, before: (position: number) => void = () => {}) {
  const inner = openWith(disk, { name: 'a', mode: 'r' });
  const file: DriverFile<'async'> = {
    mode: 'async',
    manifest: defineManifest({ driver: 'later', target: 'a', capabilities: {}, guarantees: {}, hints: {} }),
    size: async () => inner.size(),
    read: async (position, target) => {
      before(position);
      await Promise.resolve();
      return inner.read(position, target);
    },
    close: async () => inner.close(),
  };
  return file;
}

it('reads a store from a blob, which answers by promise', async () => {
  const { disk, store } = written(1_000_000);
  store.close();
  const source = new Blob([new Uint8Array(disk.files.get('a')!.bytes)]);
  const file = await openWith(blob, { mode: 'r' }, { blob: source });
  using loaded = await ObjectStore.load(file, schema);
  expect(loaded.root.name).toBe('one');
  expect(loaded.root.data!.copy()).toEqual(new Uint32Array(1_000_000).fill(3));
  expect(loaded.writable).toBe(false);
  expect(loaded.refresh()).toBe(false);
  expect(loaded.verify().problems).toEqual([]);
  expect(() => {
    loaded.root.name = 'x';
  }).toThrow(expect.objectContaining({ code: 'OBJ_READ_ONLY' }));
});

it('reads again when somebody commits meanwhile, and gives one state', async () => {
  for (const times of [1, 2, 5]) {
    const { disk, store, fill } = written(600_000);
    let left = times;
    const file = later(disk, (position) => {
      if (position === 0 || left-- <= 0) return;
      fill('x'.repeat(10 + left));
    });
    using loaded = await ObjectStore.load(file, schema);
    expect(new Set(loaded.root.data!.copy() as Uint32Array)).toEqual(new Set([loaded.root.name.length]));
    expect(left).toBeLessThanOrEqual(0);
    store.close();
  }
});

it('reads again when a log that is being written was read in pieces that do not fit, and once only', async () => {
  const { disk, store } = written(10);
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    store.root.name = name;
    store.commit();
  }
  store.close();
  const mark = [0x54, 0x4f, 0x42, 0x43];
  const { bytes } = disk.files.get('a')!;
  const record = bytes.findIndex((_, at) => mark.every((byte, step) => bytes[at + step] === byte));
  for (const times of [1, 2]) {
    let left = times;
    const inner = later(disk);
    const file: DriverFile<'async'> = {
      ...inner,
      async read(position, target) {
        const count = await inner.read(position, target);
        // As if the first record had not been there yet.
        if (position === 0 && target.length > record && left-- > 0) target.fill(0, record, record + 32);
        return count;
      },
    };
    const loading = ObjectStore.load(file, schema);
    if (times === 1) expect((await loading).root.name).toBe('e');
    else await expect(loading).rejects.toMatchObject({ code: 'OBJ_DAMAGED', structure: 'log' });
  }
});

it('reads a file that becomes longer when it is asked how long it is', async () => {
  for (const times of [1, 2, 3]) {
    const { disk, store, fill } = written(10);
    fill('x'.repeat(10));
    const inner = later(disk);
    let left = times;
    const grow = () => {
      while (left > 0) fill('y'.repeat(100_000 * left--));
    };
    const file: DriverFile<'async'> = {
      ...inner,
      async size() {
        const size = await inner.size();
        grow();
        return size;
      },
    };
    using loaded = await ObjectStore.load(file, schema);
    expect(['x'.repeat(10), 'y'.repeat(100_000)]).toContain(loaded.root.name);
    expect(loaded.verify().problems.filter(({ harmless }) => !harmless)).toEqual([]);
    store.close();
  }
});

it('gives up when it is overtaken each time', async () => {
  const { disk, fill } = written(600_000);
  let length = 10;
  const file = later(disk, (position) => {
    if (position === 2 ** 20) for (let times = 0; times < 2; times++) fill('x'.repeat(length++));
  });
  await expect(ObjectStore.load(file, schema)).rejects.toMatchObject({ code: 'BLK_OVERTAKEN' });
});

it('refuses what is no store, what has another schema, and stops when told', async () => {
  const { disk, store } = written(10);
  store.close();
  const other = defineSchema({ Root: struct({ name: uint32() }) });
  await expect(ObjectStore.load(later(disk), other)).rejects.toMatchObject({ code: 'OBJ_SCHEMA_DIFFERS' });
  const signal = AbortSignal.abort();
  await expect(ObjectStore.load(later(disk), schema, { signal })).rejects.toThrow();
  await expect(ObjectStore.load(later(disk), schema, { preload: true } as never)).rejects.toThrow(TypeError);
  const text = memoryDriver({ a: new TextEncoder().encode('no store') });
  await expect(ObjectStore.load(later(text), schema)).rejects.toMatchObject({ code: 'OBJ_NOT_A_STORE' });
});

it('gives the lock back when a store cannot be opened', () => {
  const { disk, store } = written(10);
  store.close();
  const other = defineSchema({ Root: struct({ name: uint32() }) });
  const file = () => openWith(disk, { name: 'a', mode: 'r+' });
  expect(() => ObjectStore.open(file(), other)).toThrow(
    expect.objectContaining({ code: 'OBJ_SCHEMA_DIFFERS' }),
  );
  const { bytes } = disk.files.get('a')!;
  const before = bytes.slice(0, 8256);
  bytes.fill(255, 64, 8256);
  expect(() => ObjectStore.open(file(), schema)).toThrow();
  expect(() => ObjectStore.openStored(file())).toThrow();
  expect(() => ObjectStore.migrate(file(), schema)).toThrow();
  bytes.set(before);
  using again = ObjectStore.open(file(), schema);
  expect(again.root.name).toBe('one');
});
