import { memoryDriver, openWith } from '@terrane/driver';
import { crashing } from '@terrane/driver-kit';
import { isTerraneError } from '@terrane/errors';
import { expect, it } from 'vitest';
import {
  defineSchema,
  int32,
  list,
  ObjectStore,
  ref,
  sortedList,
  sortedMap,
  struct,
  text,
} from '../index.js';

const schema = defineSchema({
  Root: struct({
    step: int32(),
    all: list(ref('Node')),
    byValue: sortedList(ref('Node'), { by: 'value' }),
    names: sortedMap(text(), int32()),
  }),
  Node: struct({ name: text(), value: int32() }, { indexes: { byName: { on: 'name', unique: true } } }),
});
type Store = ObjectStore<typeof schema.structs>;

function work(store: Store): void {
  const { root } = store;
  for (let step = 1; step <= 4; step++) {
    root.step = step;
    for (let index = 0; index < 25 * step; index++) {
      const node = store.create('Node', { name: `the name ${step} ${index}`, value: (index * 31) % 17 });
      root.all.push(node);
      root.byValue.add(node);
      root.names.set(node.name, index);
    }
    for (const node of [...root.byValue].slice(0, 10)) node.value += 20;
    for (let count = 0; count < 5; count++) {
      const node = root.all.at(0)!;
      root.names.delete(node.name);
      root.all.delete(0);
      store.free(node);
    }
    store.commit();
  }
}

it('indexes and what they index are of one state, whenever the power is lost', () => {
  let crashes = 0;
  for (let run = 0, ended = 0; ended < 5; run++) {
    const [atFlush, seed] = [1 + Math.floor(run / 5), run % 5];
    const disk = memoryDriver();
    try {
      const medium = crashing(openWith(disk, { name: 'a', mode: 'w' }), { atFlush, seed });
      const store = ObjectStore.open(medium, schema);
      work(store);
      store.close();
      ended++;
    } catch (error) {
      if (!isTerraneError(error, 'IO_UNEXPECTED')) throw error;
      crashes++;
    }
    const file = openWith(memoryDriver({ a: disk.files.get('a')!.bytes }), { name: 'a', mode: 'r+' });
    let store: Store;
    try {
      store = ObjectStore.open(file, schema);
    } catch (error) {
      // Before the store was made, there is none.
      expect((error as { code: string }).code).toMatch(/^(OBJ_NOT_A_STORE|OBJ_DAMAGED|BLK_)/);
      continue;
    }
    const { root } = store;
    const count = 25 * ((root.step * (root.step + 1)) / 2) - 5 * root.step;
    expect([
      root.all.length,
      root.byValue.length,
      root.names.size,
      store.index('Node', 'byName').size,
    ]).toEqual(Array(4).fill(count));
    expect(store.verify().problems.filter(({ harmless }) => !harmless)).toEqual([]);
    store.close();
  }
  expect(crashes).toBeGreaterThan(40);
});
