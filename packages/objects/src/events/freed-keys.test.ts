import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import { type Change, defineSchema, int32, map, ObjectStore, ref, set, struct, text } from '../index.js';

const schema = defineSchema({
  Root: struct({ chosen: set(ref('Thing')), counts: map(ref('Thing'), int32()), other: int32() }),
  Thing: struct({ name: text() }),
});

it('what is found by an object that was freed is gone, and the rest is watched on', () => {
  using store = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
  const { root } = store;
  const [one, two] = ['one', 'two'].map((name) => store.create('Thing', { name }));
  for (const [index, thing] of [one!, two!].entries()) {
    root.chosen.add(thing);
    root.counts.set(thing, index);
  }
  store.commit();
  const told: string[] = [];
  const show = (value: unknown) =>
    typeof value === 'object' && value !== null ? (value as { name: string }).name : String(value);
  const tell = (changes: readonly Change[]) => {
    for (const { path, kind } of changes) told.push(`${kind} ${path.map(show).join('.')}`);
  };
  const failed: unknown[] = [];
  store.watch('**', tell, { onError: (error) => void failed.push(error) });
  store.free(one!);
  store.commit();
  expect(failed).toEqual([]);
  expect(told.splice(0).sort()).toEqual(['delete chosen.one', 'delete counts.one']);
  two!.name = 'three';
  root.counts.set(two!, 5);
  root.other = 1;
  store.commit();
  expect(failed).toEqual([]);
  expect(told.sort()).toEqual(['set chosen.three.name', 'set counts.three', 'set other']);
});
