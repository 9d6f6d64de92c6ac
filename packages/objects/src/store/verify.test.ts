import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import { defineSchema, list, map, ObjectStore, optional, ref, struct, text } from '../index.js';

const schema = defineSchema({
  Root: struct({ nodes: map(text(), ref('Node')), words: list(text()) }),
  Node: struct({ name: text(), next: optional(ref('Node')) }),
});
const disk = memoryDriver();
const open = (bytes?: Uint8Array) => {
  if (!bytes) return ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  return ObjectStore.open(openWith(memoryDriver({ a: bytes }), { name: 'a' }), schema, { readOnly: true });
};

it('finds nothing wrong with what it wrote, and tells what nothing refers to', () => {
  using store = open();
  for (let index = 0; index < 400; index++) store.root.nodes.set(`n${index}`, { name: 'x'.repeat(index) });
  for (let index = 0; index < 400; index += 3) store.root.nodes.delete(`n${index}`);
  expect(() => store.verify()).toThrow(expect.objectContaining({ code: 'OBJ_UNCOMMITTED' }));
  store.commit();
  const { problems, leaked, leakedTypes } = store.verify();
  expect(problems).toEqual([]);
  expect(leakedTypes!.text).toBeGreaterThan(100);
  expect(Object.values(leakedTypes!).reduce((sum, count) => sum + count)).toBe(leaked!.chunks);
  expect(store.collect()).toEqual(leaked);
  expect(leaked!.chunks).toBeGreaterThan(200);
  store.root.words.push('after');
  store.commit();
  expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
});

it('names the page that holds a wrong bit', () => {
  const whole = disk.files.get('a')!.bytes.slice();
  let named = 0;
  let unused = 0;
  for (let at = 8300; at < whole.length; at += 1500) {
    const damaged = whole.slice();
    damaged[at]! ^= 4;
    let store: ReturnType<typeof open>;
    try {
      store = open(damaged);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(OBJ|BLK)_/) });
      continue;
    }
    const { problems, leaked } = store.verify();
    if (problems[0]?.structure === 'page') named++;
    // What neither state uses, and copies of what is said elsewhere.
    else if (leaked) unused++;
    if (problems.length > 0 && !problems[0]!.harmless) expect(leaked).toBeUndefined();
    store.close();
  }
  expect(named).toBeGreaterThan(10);
  expect(unused).toBeGreaterThan(0);
});
