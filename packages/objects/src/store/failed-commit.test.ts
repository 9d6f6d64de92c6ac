import { deriveFile, memoryDriver, openWith } from '@terrane/driver';
import { wrapFile } from '@terrane/driver-kit';
import { isTerraneError } from '@terrane/errors';
import { expect, it } from 'vitest';
import { defineSchema, list, ObjectStore, struct, uint32 } from '../index.js';

const schema = defineSchema({ Root: struct({ step: uint32(), numbers: list(uint32()) }) });
type Disk = ReturnType<typeof memoryDriver>;
const count = 12_000;

function build(): Disk {
  const disk = memoryDriver();
  using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'w' }), schema);
  for (let index = 0; index < count; index++) store.root.numbers.push(index);
  store.commit();
  for (let step = 1; step <= 4; step++) {
    store.root.step = step;
    store.commit();
  }
  return disk;
}

/** A store whose calls of one kind fail on demand: so many of them go well first, then some fail. */
function openFailing(disk: Disk, op: string, withLock: boolean) {
  let wait = Number.POSITIVE_INFINITY;
  let left = 0;
  const file = openWith(disk, { name: 'a', mode: 'r+' });
  const { lock, ...capabilities } = file.manifest.capabilities;
  const locked = deriveFile(file, {
    manifest: { ...file.manifest, capabilities: withLock && lock ? { ...capabilities, lock } : capabilities },
  });
  const failing = wrapFile(locked, (kind, _, call) => {
    if (kind !== op || wait-- > 0 || left-- <= 0) return call();
    throw new Error('made up');
  });
  const fail = (after: number, times: number) => {
    wait = after;
    left = times;
  };
  return { store: ObjectStore.open(failing, schema), fail };
}

/** Runs work that fails at its first call, a later call … until it does not. @returns how often it failed. */
function atManyCalls(work: (after: number) => boolean): number {
  let failures = 0;
  for (let after = 0; work(after); after += 1 + Math.floor(after / 8)) failures++;
  return failures;
}

it.each([
  ['write', true],
  ['flush', true],
  ['size', true],
  ['truncate', true],
  ['read', true],
  ['write', false],
  ['flush', false],
  ['read', false],
] as const)('goes on after a %s that failed while it was compacted (locked: %s)', (op, withLock) => {
  const failures = atManyCalls((after) => {
    const disk = build();
    const { store, fail } = openFailing(disk, op, withLock);
    store.root.numbers.delete(100, 9_000);
    store.commit();
    const shown = JSON.stringify(store.root);
    fail(after, 1);
    let failed = false;
    try {
      store.compact();
    } catch {
      failed = true;
    }
    fail(Number.POSITIVE_INFINITY, 0);
    let step = 4;
    try {
      expect(JSON.stringify(store.root)).toBe(shown);
      for (; step < 8; step++) {
        store.root.step = step + 1;
        store.commit();
      }
      expect(JSON.stringify(store.root.numbers)).toBe(JSON.stringify(JSON.parse(shown).numbers));
    } catch (error) {
      // Where nothing keeps others out, a commit of one's own that failed may as well be theirs.
      if (!isTerraneError(error) || !failed || withLock) throw error;
      expect(error.code).toMatch(/^OBJ_(UNCERTAIN|CONFLICT)$/);
      store.rollback();
    }
    store.close();
    using again = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
    expect([again.root.step, again.root.numbers.length]).toEqual([step, 3000]);
    expect(again.verify().problems).toEqual([]);
    return failed;
  });
  expect(failures).toBeGreaterThan(op === 'truncate' ? 0 : 2);
});

it('finds its pages where they were after a commit of which nobody knows whether it happened', () => {
  for (const op of ['size', 'write', 'flush'] as const) {
    const failures = atManyCalls((after) => {
      const disk = build();
      {
        using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
        store.root.numbers.delete(100, 11_000);
        store.commit();
      }
      const { store, fail } = openFailing(disk, op, true);
      // A heap with fewer pages takes the place of this one.
      fail(after, Number.POSITIVE_INFINITY);
      let failed = false;
      try {
        store.compact();
      } catch {
        failed = true;
      }
      fail(Number.POSITIVE_INFINITY, 0);
      try {
        const { numbers } = store.root;
        // In what is free there, which was not in memory.
        for (let index = 0; index < 10_000; index++) numbers.push(index);
        expect([...numbers].slice(1000)).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
      } catch (error) {
        expect(error).toMatchObject({ code: 'OBJ_UNCERTAIN' });
        expect(failed).toBe(true);
      }
      store[Symbol.dispose]();
      using again = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, { readOnly: true });
      expect(again.root.numbers.length).toBe(1000);
      return failed;
    });
    expect(failures).toBeGreaterThan(2);
  }
});
