import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defineSchema, list, map, ObjectStore, optional, ref, struct, text } from '../index.js';

const schema = defineSchema({
  Root: struct({ list: list(ref('Thing')), map: map(text(), ref('Thing')) }),
  Thing: struct({ name: text(), next: optional(ref('Thing')) }, { counted: true }),
});
type Store = ObjectStore<typeof schema.structs>;

it('frees what a model without circles says, whatever is done', () => {
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const step = fc.record({
    what: fc.constantFrom(
      'new',
      'put',
      'take',
      'map',
      'unmap',
      'next',
      'cut',
      'collect',
      'savepoint',
      'rollback',
      'compact',
    ),
    a: share,
    b: share,
  });
  const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    using store = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
    /** By id: the id of the next; references only go to smaller ids, so there are no circles. */
    interface Model {
      next: Map<number, number | null>;
      list: number[];
      map: Map<string, number>;
    }
    let model: Model = { next: new Map(), list: [], map: new Map() };
    let saved: { point: ReturnType<Store['savepoint']>; model: Model } | undefined;
    let id = 0;
    const reachable = () => {
      const found = new Set<number>();
      for (const first of [...model.list, ...model.map.values()])
        for (let at: number | null = first; at !== null && !found.has(at); at = model.next.get(at)!)
          found.add(at);
      return found;
    };
    const find = (wanted: number) => {
      const { root } = store;
      for (const first of [...root.list, ...root.map.values()])
        for (let at: typeof first | null = first; at; at = at.next) if (at.name === `${wanted}`) return at;
      throw new Error(`${wanted} is gone`);
    };
    for (const { what, a, b } of steps) {
      const { root } = store;
      const there = [...reachable()].sort((x, y) => x - y);
      const one = there[Math.floor(a * there.length)];
      const key = `key ${Math.floor(b * 5)}`;
      const index = Math.floor(a * model.list.length);
      if (what === 'new') {
        root.list.push({ name: `${id}` });
        model.next.set(id, null);
        model.list.push(id++);
      } else if (what === 'put' && one !== undefined) {
        root.list.push(find(one));
        model.list.push(one);
      } else if (what === 'take' && model.list.length > 0) {
        root.list.delete(index);
        model.list.splice(index, 1);
      } else if (what === 'map' && one !== undefined) {
        root.map.set(key, find(one));
        model.map.set(key, one);
      } else if (what === 'unmap') {
        root.map.delete(key);
        model.map.delete(key);
      } else if (what === 'next' && one !== undefined) {
        const smaller = there.filter((other) => other < one);
        const to = smaller[Math.floor(b * smaller.length)] ?? null;
        find(one).next = to === null ? null : find(to);
        model.next.set(one, to);
      } else if (what === 'cut' && one !== undefined) {
        find(one).next = null;
        model.next.set(one, null);
      } else if (what === 'collect') {
        expect(store.collect().chunks).toBe(0);
      } else if (what === 'savepoint') {
        saved = { point: store.savepoint(), model: structuredClone(model) };
      } else if (what === 'rollback' && saved) {
        saved.point.rollback();
        model = saved.model;
        saved = undefined;
      } else if (what === 'compact') {
        store.commit();
        saved = undefined;
        store.compact();
      }
      expect(store.root.list.length).toBe(model.list.length);
      // Nothing is there that cannot be reached, and nothing that can be is gone.
      const live = reachable();
      for (const wanted of live) expect(find(wanted).name).toBe(`${wanted}`);
    }
    store.commit();
    expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
  });
  fc.assert(property, { numRuns: 40 });
});
