import { isTerraneError } from '@terrane/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chunks, type HeaderReference, type Place, rootAt, schemaAt, tags } from '../heap/chunks.js';
import { Heap } from '../heap/heap.js';
import type { PageHome } from '../heap/page-home.js';
import { pageBytes } from '../heap/segment.js';
import { defineSchema, float64, list, plain, ref, sortedList, sortedMap, struct, text } from '../index.js';
import { Realm } from '../realm/realm.js';
import { collect } from '../store/sweep.js';
import { indexOf } from './store-index.js';

const schema = defineSchema({
  Root: struct({
    numbers: sortedMap(float64(), float64()),
    texts: sortedMap(text(), list(text())),
    all: sortedList(ref('Node'), { by: 'value' }),
    words: sortedList(text(), { descending: true }),
  }),
  Node: struct(
    { name: text(), value: float64() },
    { indexes: { byName: { on: 'name', unique: true }, byValue: 'value' } },
  ),
});

/** Pages in memory without checksums: a heap as somebody else may have made it. */
class BareHome implements PageHome {
  readonly writable = true;
  bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get pages(): number {
    return this.bytes.length / pageBytes;
  }

  has(page: number): boolean {
    return page < this.pages;
  }

  load(page: number, target: Uint8Array): void {
    target.set(this.bytes.subarray(page * pageBytes, (page + 1) * pageBytes));
  }

  commit(changed: ReadonlyMap<number, Uint8Array>, pages: number): readonly number[] {
    const bytes = new Uint8Array(pages * pageBytes);
    bytes.set(this.bytes.subarray(0, bytes.length));
    for (const [page, content] of changed) bytes.set(content, page * pageBytes);
    this.bytes = bytes;
    return [...changed.keys()];
  }

  refresh(): boolean {
    return false;
  }

  close(): void {}
}

interface Root {
  numbers: {
    set(key: number, value: number): void;
    get(key: number): unknown;
    delete(key: number): boolean;
    count(bounds: object): number;
    range(bounds: object): Iterable<unknown>;
    size: number;
  };
  texts: { set(key: string, value: string[]): void; delete(key: string): boolean };
  all: Iterable<{ value: number }> & {
    add(value: object): void;
    delete(value: object): boolean;
    at(index: number): { value: number } | undefined;
  };
  words: { add(word: string): void; delete(word: string): boolean };
}

function openHeap(bytes: Uint8Array): { realm: Realm; root: Root; home: BareHome } {
  const home = new BareHome(bytes);
  const chunks = new Chunks(new Heap(home));
  const realm = new Realm(chunks, schema);
  const { granule, serial } = chunks.readRoot(rootAt);
  const place = chunks.find(granule, serial);
  if (!place) throw chunks.damaged('no root', rootAt);
  return { realm, root: realm.open(place) as never, home };
}

const whole = (() => {
  const home = new BareHome(new Uint8Array(0));
  const chunks = new Chunks(new Heap(home));
  chunks.format();
  const realm = new Realm(chunks, schema);
  realm.keeper.create();
  const place = realm.struct('Root')!.create(undefined);
  for (const at of [rootAt, schemaAt] as HeaderReference[]) chunks.writeRoot(at, place);
  const root = realm.open(place) as unknown as Root;
  for (let key = 0; key < 200; key++) root.numbers.set((key * 77) % 200, key);
  for (let key = 0; key < 60; key++) root.texts.set(`the key with number ${key}`, ['x']);
  for (let key = 0; key < 70; key++) root.all.add({ name: `name ${key}, which is long`, value: key % 9 });
  for (let key = 0; key < 50; key++) root.words.add(`a word ${key % 20} of some length`);
  chunks.settle();
  chunks.heap.commit(chunks.pages);
  return home.bytes;
})();

/** Everything that reads or changes what is in order. */
const works: ((realm: Realm, root: Root) => unknown)[] = [
  (_realm, root) => plain(root),
  (_realm, { numbers }) => [
    numbers.get(7),
    numbers.count({ from: 5, to: 90 }),
    [...numbers.range({ reverse: true })],
  ],
  (realm) => [...indexOf(realm, 'Node', 'byName')],
  (realm) => [...indexOf(realm, 'Node', 'byValue').entries()],
  (_realm, { numbers }) => {
    for (let key = 0; key < 250; key += 3) numbers.set(key + 0.5, key);
    for (let key = 0; key < 200; key += 2) numbers.delete(key);
  },
  (_realm, { texts, words }) => {
    for (let key = 0; key < 60; key += 4) texts.delete(`the key with number ${key}`);
    for (let key = 0; key < 20; key++) words.delete(`a word ${key} of some length`);
  },
  (_realm, { all }) => {
    // It may as well be empty now.
    for (const node of Array.from({ length: 20 }, (_, index) => all.at(index))) if (node) node.value += 5;
    const third = all.at(3);
    if (third) all.delete(third);
    all.add({ name: 'new', value: 4 });
  },
  (realm) => realm.keeper.verify(),
  (realm) => collect(realm),
];

function expectAnswer(error: unknown): void {
  // A reference that was changed may lead to what it holds itself.
  if (error instanceof TypeError && /circle/.test(error.message)) return;
  if (!isTerraneError(error)) throw error;
  expect(error.code).toMatch(/^OBJ_/);
}

describe('hostile trees', () => {
  it('end in typed errors, or in values, in bounded time', () => {
    const places: number[] = [];
    const { realm } = openHeap(whole.slice());
    for (const { segment, at, tag, granules } of realm.chunks.walk()) {
      const isOrdered = tag === tags.node || tag === tags.indexes || tag >= 16;
      for (let word = 0; word < 4 * granules && isOrdered; word++) places.push(segment.start + at + 4 * word);
    }
    const values = fc.oneof(
      fc.nat({ max: 2 ** 32 - 1 }),
      fc.nat({ max: 70 }),
      fc.constantFrom(0xffffffff, 0x7fffffff, 0x80000000),
      // An address, and the serial of something.
      fc.nat({ max: Math.floor(whole.length / 16) }),
      fc.nat({ max: 700 }),
    );
    const change = fc.tuple(fc.constantFrom(...places), values, fc.boolean());
    const property = fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
      const bytes = whole.slice();
      const edit = new DataView(bytes.buffer);
      // Also whole references from elsewhere, which is what leads in circles.
      for (const [at, value, isCopy] of changes) {
        const from = places[value % places.length]! & ~7;
        if (isCopy) bytes.copyWithin(at & ~7, from, from + 8);
        else edit.setUint32(at, value, true);
      }
      for (const work of works) {
        try {
          const { realm: other, root } = openHeap(bytes.slice());
          work(other, root);
        } catch (error) {
          expectAnswer(error);
        }
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  const nodes = (realm: Realm): Place[] => [...realm.chunks.walk()].filter(({ tag }) => tag === tags.node);
  const cases: [string, (realm: Realm, root: number) => void][] = [
    [
      'a circle',
      (realm) => {
        const inner = nodes(realm).find(({ segment, at }) => segment.view.getUint32(at + 16, true) === 1)!;
        const { segment, at } = inner;
        segment.heap.own(segment, at, 64);
        segment.view.setUint32(at + 24 + 8, at / 16, true);
        segment.view.setInt32(at + 24 + 12, segment.view.getInt32(at + 4, true), true);
      },
    ],
    [
      'keys out of order',
      (realm) => {
        const leaf = nodes(realm).find(({ segment, at }) => segment.view.getUint32(at + 20, true) > 5)!;
        leaf.segment.heap.own(leaf.segment, leaf.at, 128);
        leaf.segment.bytes.copyWithin(leaf.at + 24 + 16, leaf.at + 24 + 32, leaf.at + 24 + 48);
      },
    ],
    [
      'absurd counts',
      (realm) => {
        const leaf = nodes(realm)[0]!;
        leaf.segment.heap.own(leaf.segment, leaf.at, 128);
        leaf.segment.view.setUint32(leaf.at + 20, 0xffffffff, true);
      },
    ],
    [
      'a wrong tag',
      (realm) => {
        const leaf = nodes(realm)[0]!;
        leaf.segment.heap.own(leaf.segment, leaf.at, 128);
        leaf.segment.view.setUint32(leaf.at, tags.data, true);
      },
    ],
    [
      'another order than that of the field',
      (realm) => {
        const { segment, at } = [...realm.chunks.walk()].find(({ tag }) => tag === realm.tagOf('Node'))!;
        segment.heap.own(segment, at, 64);
        segment.view.setFloat64(at + 16 + 8, 12345, true);
      },
    ],
  ];
  for (const [name, edit] of cases) {
    it(`are found out about: ${name}`, () => {
      const { realm, home } = openHeap(whole.slice());
      edit(realm, 0);
      realm.chunks.heap.commit(realm.chunks.pages);
      const { realm: other } = openHeap(home.bytes);
      const check = () => {
        collect(other);
        other.keeper.verify();
      };
      expect(check).toThrow(expect.objectContaining({ code: 'OBJ_DAMAGED' }));
    });
  }

  it('are none when nothing was changed', () => {
    const { realm, root } = openHeap(whole.slice());
    expect(root.numbers.size).toBe(200);
    for (const work of works) work(realm, root);
    realm.keeper.verify();
  });
});
