import { memoryDriver, openWith } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chunks } from '../heap/chunks.js';
import { Heap } from '../heap/heap.js';
import type { PageHome } from '../heap/page-home.js';
import { pageBytes } from '../heap/segment.js';
import {
  buffer,
  defineSchema,
  int32,
  list,
  map,
  memoryView,
  ObjectStore,
  optional,
  plain,
  ref,
  set,
  struct,
  text,
} from '../index.js';
import { Realm } from '../realm/realm.js';
import { collect } from './sweep.js';

const schema = defineSchema({
  Root: struct({
    names: map(text(), ref('Node')),
    words: list(text()),
    tags: set(text()),
    data: optional(buffer()),
    first: optional(ref('Node')),
  }),
  Node: struct({ name: text(), value: int32(), next: optional(ref('Node')) }),
});

const disk = memoryDriver();
{
  using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'w' }), schema);
  const { root } = store;
  for (let index = 0; index < 60; index++)
    root.names.set(`name ${index}`, { name: `n${index}`, value: index });
  root.names.get('name 1')!.next = root.names.get('name 2')!;
  root.words.push('a', 'b'.repeat(40), 'c');
  root.tags.add('x').add('y');
  root.data = Float64Array.of(1, 2, 3) as never;
  root.first = root.names.get('name 7')!;
  store.commit();
}
const whole = disk.files.get('a')!.bytes.slice();
const content = show(
  ObjectStore.open(openWith(memoryDriver({ a: whole }), { name: 'a' }), schema, { readOnly: true }),
);

function show(store: ObjectStore<typeof schema.structs>): string {
  const { names, ...rest } = plain(store.root) as Record<string, unknown>;
  return JSON.stringify([names, rest]);
}

describe('a damaged file', () => {
  it('shows what was committed, or a typed error, whatever bit is wrong', () => {
    let refused = 0;
    // Header and commit records closely, the rest here and there.
    for (let at = 0; at < whole.length; at += at < 8500 ? 7 : 61) {
      const damaged = whole.slice();
      damaged[at]! ^= 1 << (at % 8);
      const file = openWith(memoryDriver({ a: damaged }), { name: 'a' });
      try {
        const shown = show(ObjectStore.open(file, schema, { readOnly: true }));
        expect(shown).toBe(content);
      } catch (error) {
        if (!isTerraneError(error)) throw error;
        expect(error.code).toMatch(/^(OBJ|BLK)_/);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(200);
  });

  it('is refused when it is cut off, is no store, or is of a later version', () => {
    for (const length of [5, 64, 1000, 9000, whole.length - 5000]) {
      const file = openWith(memoryDriver({ a: whole.subarray(0, length) }), { name: 'a' });
      expect(() => show(ObjectStore.open(file, schema, { readOnly: true }))).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(OBJ|BLK)_/) }),
      );
    }
    const open = (bytes: Uint8Array) =>
      ObjectStore.open(openWith(memoryDriver({ a: bytes }), { name: 'a', mode: 'r+' }), schema);
    const later = whole.slice();
    later[8] = 2;
    expect(() => open(later)).toThrow(expect.objectContaining({ code: 'OBJ_TOO_NEW' }));
    const other = whole.slice();
    other[0] = 0;
    expect(() => open(other)).toThrow(expect.objectContaining({ code: 'OBJ_NOT_A_STORE' }));
    expect(() =>
      ObjectStore.open(openWith(memoryDriver({ a: new Uint8Array(0) }), { name: 'a' }), schema),
    ).toThrow(expect.objectContaining({ code: 'OBJ_NOT_A_STORE' }));
  });
});

/** Pages in memory without checksums: a heap as somebody else may have made it. */
class HostileHome implements PageHome {
  readonly writable = true;
  readonly pages: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.pages = bytes.length / pageBytes;
  }

  has(page: number): boolean {
    return page < this.pages;
  }

  load(page: number, target: Uint8Array): void {
    target.set(this.#bytes.subarray(page * pageBytes, (page + 1) * pageBytes));
  }

  commit(): readonly number[] {
    return [];
  }

  refresh(): boolean {
    return false;
  }

  close(): void {}
}

describe('a hostile heap', () => {
  /** The heap of the file above, checksums taken off. */
  const heapBytes = (() => {
    const bytes = new Uint8Array(64 * pageBytes);
    let pages = 0;
    const home: PageHome = {
      writable: true,
      pages: 0,
      has: () => false,
      load: () => {},
      commit: (changed) => {
        for (const [page, at] of changed) {
          bytes.set(at, page * pageBytes);
          pages = Math.max(pages, page + 1);
        }
        return [...changed.keys()];
      },
      refresh: () => false,
      close: () => {},
    };
    const chunks = new Chunks(new Heap(home));
    chunks.format();
    const realm = new Realm(chunks, schema);
    const root = realm.struct('Root')!.create({
      names: new Map(),
      words: ['a', 'bb'],
      tags: new Set(['x']),
      data: Float64Array.of(1, 2),
      first: { name: 'n', value: 1, next: { name: 'm' } },
    });
    chunks.writeRoot(20, root);
    chunks.writeRoot(28, root);
    const live = realm.open(root) as unknown as {
      names: Map<string, unknown>;
      words: { delete(index: number): void };
    };
    for (let index = 0; index < 9; index++) live.names.set(`k${index}`, { name: 'v' });
    live.names.delete('k3');
    live.words.delete(0);
    chunks.settle();
    chunks.heap.commit(chunks.pages);
    return bytes.slice(0, pages * pageBytes);
  })();

  it('ends in a typed error, or in values, in bounded time and memory', () => {
    const view = new DataView(heapBytes.buffer);
    const top = view.getUint32(8, true);
    const place = fc.oneof(fc.nat({ max: 1023 }), fc.integer({ min: 1024, max: top - 1 }));
    const value = fc.oneof(
      fc.nat({ max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 300 }),
      fc.constant(0xffffffff),
    );
    const changes = fc.array(fc.tuple(place, value), { minLength: 1, maxLength: 6 });
    const property = fc.property(changes, (made) => {
      const bytes = heapBytes.slice();
      const edit = new DataView(bytes.buffer);
      for (const [at, word] of made) edit.setUint32(Math.floor(at / 4) * 4, word, true);
      try {
        const chunks = new Chunks(new Heap(new HostileHome(bytes)));
        const realm = new Realm(chunks, schema);
        const { granule, serial } = chunks.readRoot(20);
        const root = chunks.find(granule, serial);
        if (!root) return;
        const live = realm.open(root);
        try {
          plain(live);
        } catch (error) {
          expectAnswer(error);
        }
        for (let index = 0; index < 5; index++) realm.struct('Node')!.create({ name: `new ${index}` });
        collect(realm);
      } catch (error) {
        expectAnswer(error);
      }
    });
    fc.assert(property, { numRuns: 1500 });
  });

  it('survives it undamaged', () => {
    const chunks = new Chunks(new Heap(new HostileHome(heapBytes.slice())));
    const realm = new Realm(chunks, schema);
    const { granule, serial } = chunks.readRoot(20);
    const root = realm.open(chunks.find(granule, serial)!) as unknown as {
      data: never;
      first: { next: { name: string } };
    };
    expect(root.first.next.name).toBe('m');
    expect([...memoryView(root.data).data]).toEqual([1, 2]);
    expect(collect(realm).chunks).toBeGreaterThan(0);
  });
});

function expectAnswer(error: unknown): void {
  // A circle is something that plain data cannot be.
  if (error instanceof TypeError && /circle/.test(error.message)) return;
  if (!isTerraneError(error)) throw error;
  expect(error.code).toMatch(/^OBJ_/);
}
