import { memoryDriver, openWith } from '@terrane/driver';
import { crashing } from '@terrane/driver-kit';
import { isTerraneError } from '@terrane/errors';
import { expect, it } from 'vitest';
import { defineSchema, list, map, ObjectStore, plain, struct, text, uint32 } from '../index.js';

const schema = defineSchema({
  Root: struct({ names: map(text(), uint32()), log: list(text()), step: uint32() }),
});

/** Works in commits of very different sizes; tells each state that was committed. */
function work(store: ObjectStore<typeof schema.structs>, committed: (state: string) => void): void {
  const { root } = store;
  committed(JSON.stringify(root));
  for (let step = 1; step <= 6; step++) {
    root.step = step;
    for (let index = 0; index < 20 * step * step; index++) root.names.set(`name ${index}`, step);
    root.log.push(`step ${step} `.repeat(step * 30));
    if (step === 4) root.names.clear();
    // What is rolled back must never be seen.
    const before = JSON.stringify(root);
    const point = store.savepoint();
    root.step = 99;
    point.rollback();
    expect(JSON.stringify(root)).toBe(before);
    committed(before);
    store.commit();
  }
}

/** Works in little commits, of which there are more than a log has room for. */
function workLittle(store: ObjectStore<typeof schema.structs>, committed: (state: string) => void): void {
  const { root } = store;
  committed(JSON.stringify(root));
  for (let step = 1; step <= 24; step++) {
    root.step = step;
    root.names.set(`name ${step % 5}`, step);
    root.log.push(`step ${step} `.repeat(800));
    if (step % 7 === 0) root.log.delete(0, 5);
    committed(JSON.stringify(root));
    store.commit();
  }
}

it.each([
  ['commits of pages', work, 30],
  ['little commits', workLittle, 60],
] as const)('shows a committed state after a loss of power during any flush of %s', (_, work, least) => {
  let crashes = 0;
  for (let atFlush = 1; ; atFlush++) {
    let ended = false;
    for (const seed of [1, 2, 3]) {
      const disk = memoryDriver();
      const states: string[] = [];
      const medium = crashing(openWith(disk, { name: 'a', mode: 'w' }), { atFlush, seed });
      try {
        const store = ObjectStore.open(medium, schema);
        work(store, (state) => states.push(state));
        store.close();
        ended = true;
      } catch (error) {
        if (!isTerraneError(error, 'IO_UNEXPECTED')) throw error;
        crashes++;
      }
      const bytes = disk.files.get('a')!.bytes;
      // Also when the power was lost while the store was made: then it is made now.
      using store = ObjectStore.open(openWith(memoryDriver({ a: bytes }), { name: 'a', mode: 'r+' }), schema);
      const found = JSON.stringify(plain(store.root));
      expect(store.collect().chunks).toBe(0);
      // The last one whose commit may have been under way, or the one before.
      if (states.length > 0) expect(states.slice(-2)).toContain(found);
    }
    if (ended) break;
  }
  expect(crashes).toBeGreaterThan(least);
});
