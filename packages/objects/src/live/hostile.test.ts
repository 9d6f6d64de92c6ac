import { memoryDriver, openWith } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Chunks, type Place } from '../heap/chunks.js';
import { Heap } from '../heap/heap.js';
import type { PageHome } from '../heap/page-home.js';
import { pageBytes } from '../heap/segment.js';
import {
  bytes,
  defineSchema,
  equals,
  float64,
  hashOf,
  type Infer,
  interned,
  list,
  map,
  ObjectStore,
  optional,
  plain,
  ref,
  struct,
  text,
  union,
} from '../index.js';
import { Realm } from '../realm/realm.js';
import { countReferences } from '../store/count-references.js';
import { realmKey } from '../store/realm-key.js';
import { rebuild } from '../store/rebuild.js';
import { rootOf } from '../store/root.js';
import { collect } from '../store/sweep.js';
import { type LiveObject, positionKey, segmentKey } from './live-object.js';

const schema = defineSchema({
  Root: struct({
    nodes: list(ref('Node')),
    any: list(union(text(), float64(), bytes(), ref('Thing'))),
    words: map(interned(), optional(interned())),
    things: map(text(), list(ref('Thing'))),
  }),
  Node: struct({ name: interned() }),
  Hub: struct({ big: optional(union(float64(), text())) }, { extends: 'Node' }),
  Road: struct({ length: float64() }, { edge: { from: 'Node', to: 'Node' } }),
  Thing: struct({ name: text(), next: optional(ref('Thing')) }, { counted: true }),
});
type Root = Infer<typeof schema>;

/** The heap of a store that has some of everything. */
const heapBytes = (() => {
  using store = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
  const { root } = store;
  const nodes = ['a', 'b', 'c'].map((name) => store.create('Hub', { name, big: name === 'a' ? 1 : name }));
  root.nodes.push(...nodes);
  for (const from of nodes) for (const to of nodes) store.connect('Road', from, to, { length: 1 });
  root.any.push('text', 1, Uint8Array.of(1), { name: 'thing', next: { name: 'next' } } as never);
  root.words.set('one', 'two').set('two', null).set('three', '');
  root.things.set('a', [{ name: 'x' }, { name: 'y' }] as never);
  root.things.get('a')!.push(root.things.get('a')!.at(0)!);
  const { pages, count } = rebuild(store[realmKey], schema, {});
  const made = new Uint8Array(count * pageBytes);
  for (const [page, content] of pages) made.set(content, page * pageBytes);
  return made;
})();

/** Pages in memory without checksums: a heap as somebody else may have made it. */
function hostileHome(content: Uint8Array): PageHome {
  const pages = content.length / pageBytes;
  return {
    writable: true,
    pages,
    has: (page) => page < pages,
    load: (page, target) => target.set(content.subarray(page * pageBytes, (page + 1) * pageBytes)),
    commit: () => [],
    refresh: () => false,
    close: () => {},
  };
}

function workOn(content: Uint8Array, attempt: (work: () => void) => void): void {
  const chunks = new Chunks(new Heap(hostileHome(content)));
  const realm = new Realm(chunks, schema);
  const root = rootOf(realm) as unknown as Root;
  attempt(() => void plain(root));
  attempt(() => expect(equals(root, root)).toBe(true));
  attempt(() => void hashOf(root));
  attempt(() => {
    for (const node of root.nodes) {
      attempt(() => expect([...node.out()].length).toBeLessThan(100));
      attempt(() =>
        expect([...node.in('Road').oldestFirst()].map(({ from }) => from.name).length).toBeLessThan(100),
      );
    }
  });
  attempt(() => {
    for (const { segment, at, tag } of chunks.walk())
      attempt(() => realm.typeOf(tag)?.verify?.({ segment, at }));
  });
  attempt(() => {
    const objects = [...chunks.walk()].filter(({ tag }) => realm.typeOf(tag));
    for (const place of objects) attempt(() => void countReferences(realm, [place]));
  });
  attempt(() => void root.words.set('new', 'three'));
  attempt(() => root.any.set(0, { name: 'other' }));
  attempt(() => root.any.set(3, 'text'));
  attempt(() => void root.things.get('a')?.pop());
  attempt(() => void root.things.delete('a'));
  attempt(() => {
    const first = root.nodes.at(0)!;
    const road = realm.struct('Road')!;
    attempt(() => void road.create({ from: first, to: first }));
    for (const edge of first.out('Road')) attempt(() => road.free(placeOf(edge)));
    realm.typeOf(placeOf(first).segment.view.getUint32(placeOf(first).at, true))!.free(placeOf(first));
  });
  attempt(() => realm.counts.settle());
  attempt(() => void collect(realm));
}

function placeOf(object: LiveObject): Place {
  return { segment: object[segmentKey], at: object[positionKey] };
}

it('does all of it undamaged', () => {
  let count = 0;
  workOn(heapBytes.slice(), (work) => {
    work();
    count++;
  });
  expect(count).toBeGreaterThan(20);
});

it('ends in a typed error, or in values, in bounded time and memory', () => {
  const top = new DataView(heapBytes.buffer).getUint32(8, true);
  const place = fc.oneof(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 896, max: top - 1 }));
  // References to other chunks are what leads furthest astray.
  const chunkStarts = (() => {
    const chunks = new Chunks(new Heap(hostileHome(heapBytes.slice())));
    return [...chunks.walk()].map(({ segment, at }) => ({
      granule: (segment.start + at) / 16,
      serial: segment.view.getInt32(at + 4, true),
    }));
  })();
  const value = fc.oneof(
    fc.nat({ max: 2 ** 32 - 1 }),
    fc.integer({ min: 0, max: 40 }),
    fc.constantFrom(...chunkStarts.map(({ granule }) => granule)),
  );
  const word = fc.tuple(place, value).map(([at, given]) => [[Math.floor(at / 4) * 4, given]] as const);
  const reference = fc.tuple(place, fc.constantFrom(...chunkStarts)).map(
    ([at, { granule, serial }]) =>
      [
        [Math.floor(at / 8) * 8, granule],
        [Math.floor(at / 8) * 8 + 4, serial],
      ] as const,
  );
  const changes = fc.array(fc.oneof(word, reference), { minLength: 1, maxLength: 5 });
  let refused = 0;
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      refused++;
      // A circle is something that plain data cannot be.
      if (error instanceof TypeError && /circle/.test(error.message)) return;
      if (!isTerraneError(error)) throw error;
      expect(error.code).toMatch(/^OBJ_/);
    }
  };
  const property = fc.property(changes, (made) => {
    const content = heapBytes.slice();
    const edit = new DataView(content.buffer);
    for (const [at, given] of made.flat() as [number, number][]) edit.setUint32(at, given, true);
    attempt(() => workOn(content, attempt));
  });
  fc.assert(property, { numRuns: Number(process.env.HOSTILE_RUNS ?? 150) });
  expect(refused).toBeGreaterThan(80);
});
