import { deriveFile, memoryDriver, openWith } from '@terrane/driver';
import { faulty } from '@terrane/driver-kit';
import { isTerraneError } from '@terrane/errors';
import { expect, it } from 'vitest';
import { defineSchema, list, map, ObjectStore, struct, text, uint32 } from '../index.js';

const schema = defineSchema({
  Root: struct({ step: uint32(), names: map(text(), uint32()), log: list(text()) }),
});

function change({ root }: ObjectStore<typeof schema.structs>, step: number): string {
  root.step = step;
  for (let index = 0; index < 150; index++) root.names.set(`name ${index * step}`, step);
  root.log.push('x'.repeat(step * 2000));
  return JSON.stringify(root);
}

it.each(['write', 'flush', 'truncate', 'read', 'size'] as const)('survives a %s that fails', (op) => {
  for (const times of [1, Number.POSITIVE_INFINITY]) {
    let uncertain = 0;
    for (let after = 0; ; after++) {
      const disk = memoryDriver();
      const open = () => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
      const before = (() => {
        using store = open();
        const state = change(store, 1);
        store.commit();
        return state;
      })();
      const states = [before];
      let failed = false;
      try {
        const file = faulty(openWith(disk, { name: 'a', mode: 'r+' }), { op, after, times });
        const store = ObjectStore.open(file, schema);
        // The first two bring pages up to date, the others are in the log.
        for (const step of [2, 3, 4, 5]) {
          states.push(change(store, step));
          try {
            store.commit();
          } catch (error) {
            if (!isTerraneError(error)) throw error;
            failed = true;
            // What is in memory stays, and may be tried again.
            expect(JSON.stringify(store.root)).toBe(states.at(-1));
            store.commit();
          }
        }
        store.close();
      } catch (error) {
        if (!isTerraneError(error)) throw error;
        failed = true;
        if (error.code === 'OBJ_UNCERTAIN') uncertain++;
      }
      disk.files.get('a')!.locks.length = 0;
      using again = open();
      expect(states).toContain(JSON.stringify(again.root));
      if (!failed) expect(JSON.stringify(again.root)).toBe(states.at(-1));
      expect(again.verify().problems.filter(({ harmless }) => !harmless)).toEqual([]);
      if (!failed && after > 0) break;
    }
    if (op === 'read' && times > 1) expect(uncertain).toBeGreaterThan(0);
  }
});

it('is not emptied by who found the file empty before it was made', () => {
  const disk = memoryDriver();
  const open = () => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  let first: ReturnType<typeof open> | undefined;
  const file = openWith(disk, { name: 'a', mode: 'a' });
  const late = deriveFile(file, {
    size() {
      const size = file.size();
      if (first) return size;
      first = open();
      change(first, 1);
      first.commit();
      return size;
    },
  });
  expect(() => ObjectStore.open(late, schema)).toThrow(expect.objectContaining({ code: 'BLK_BUSY' }));
  expect(first!.verify().problems).toEqual([]);
  first!.close();
  using again = open();
  expect(again.root.step).toBe(1);
});
