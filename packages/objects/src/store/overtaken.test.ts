import { deriveFile, memoryDriver, openWith } from '@terrane/driver';
import { wrapFile } from '@terrane/driver-kit';
import { isTerraneError } from '@terrane/errors';
import { describe, expect, it } from 'vitest';
import { defineSchema, list, map, ObjectStore, struct, text, uint32 } from '../index.js';

const schema = defineSchema({
  Root: struct({ step: uint32(), numbers: list(uint32()), names: map(text(), uint32()) }),
});

const options = { readOnly: true };
const overtaken = expect.objectContaining({ code: 'BLK_OVERTAKEN' });
const conflict = expect.objectContaining({ code: 'OBJ_CONFLICT' });

function written() {
  const disk = memoryDriver();
  const store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  /** Every commit keeps to this: all numbers are the same, and more than a log has room for. */
  const commit = (step: number) => {
    store.root.step = step;
    store.root.numbers.clear();
    for (let index = 0; index < 40_000; index++) store.root.numbers.push(step);
    store.commit();
  };
  commit(1);
  return { disk, store, commit };
}

describe('a reader', () => {
  it('is told when its pages are gone, and goes on after refresh()', () => {
    const { disk, store, commit } = written();
    using reader = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, options);
    const { numbers } = reader.root;
    expect(numbers.at(0)).toBe(1);
    commit(2);
    expect(numbers.at(4000)).toBe(1);
    commit(3);
    commit(4);
    expect(numbers.at(0)).toBe(1);
    expect(() => [...numbers]).toThrow(overtaken);
    expect(reader.refresh()).toBe(true);
    expect(() => numbers.length).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));
    expect(new Set(reader.root.numbers)).toEqual(new Set([4]));
    expect(reader.refresh()).toBe(false);
    store.close();
  });

  it('repeats what read() runs until it was not overtaken', () => {
    const { disk, store, commit } = written();
    using reader = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, options);
    let runs = 0;
    const sum = reader.read(({ step, numbers }) => {
      runs++;
      // Somebody writes while this is half-way through, the first three times.
      for (let next = 0; runs <= 3 && next < 3; next++) commit(10 * runs + next);
      return { step, values: new Set(numbers) };
    });
    expect(runs).toBe(4);
    expect(sum).toEqual({ step: 32, values: new Set([32]) });
    runs = 0;
    commit(50);
    reader.refresh();
    const never = () =>
      reader.read((root) => {
        runs++;
        for (let next = 0; next < 3; next++) commit(10 * runs + next);
        return [...root.numbers];
      }, 3);
    expect(never).toThrow(overtaken);
    expect(runs).toBe(3);
    // Its state is gone, and the next reading begins with the newest.
    expect(reader.read(({ step }) => step)).toBe(32);
    expect(() => reader.read(() => Promise.resolve())).toThrow(TypeError);
    const mine = () => {
      throw new RangeError('mine');
    };
    expect(() => reader.read(mine)).toThrow('mine');
    expect(store.read(({ step }) => step)).toBe(32);
    store.close();
  });

  it('never shows two states at once, whichever read of a refresh fails or is overtaken', () => {
    for (let at = 0; at < 12; at++) {
      for (const how of ['overtaken', 'fails'] as const) {
        const { disk, store, commit } = written();
        let reads = Number.NEGATIVE_INFINITY;
        const file = wrapFile(openWith(disk, { name: 'a', mode: 'r' }), (op, _args, call) => {
          if ((op === 'read' || op === 'readMany') && reads++ === at) {
            if (how === 'fails') throw new Error('cannot read');
            for (let next = 0; next < 3; next++) commit(100 + next);
          }
          return call();
        });
        using reader = ObjectStore.open(file, schema, options);
        const { numbers } = reader.root;
        expect(numbers.at(10)).toBe(1);
        commit(2);
        reads = 0;
        let failed = false;
        try {
          reader.refresh();
        } catch (error) {
          failed = true;
          if (!isTerraneError(error)) expect((error as Error).message).toBe('cannot read');
          // What was read before is not mixed with what comes now.
          expect(() => numbers.at(10)).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));
          expect(() => reader.root).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));
        }
        reads = Number.NEGATIVE_INFINITY;
        const state = reader.read(({ step, numbers: all }) => ({ step, values: new Set(all) }));
        expect(state.values).toEqual(new Set([state.step]));
        if (failed) expect(state.step).toBeGreaterThan(1);
        store.close();
      }
    }
  });
});

describe('two writers on a file without locks', () => {
  /** The memory driver, as it would be without locks. */
  const open = (disk: ReturnType<typeof memoryDriver>) => {
    const file = openWith(disk, { name: 'a', mode: 'r+' });
    const { lock: _, ...capabilities } = file.manifest.capabilities;
    return ObjectStore.open(deriveFile(file, { manifest: { capabilities } }), schema);
  };

  it('refuses the commit of the one that was not first, and keeps what the first one wrote', () => {
    const { disk, store, commit } = written();
    commit(2);
    store.close();
    const first = open(disk);
    const second = open(disk);
    second.root.names.set('second', 1);
    first.root.names.set('first', 1);
    first.commit();
    expect(() => second.commit()).toThrow(conflict);
    expect(() => second.commit()).toThrow(conflict);
    expect(() => second.close()).toThrow(expect.objectContaining({ code: 'OBJ_UNCOMMITTED' }));
    // What is in memory can still be read, to be carried over.
    expect([...second.root.names]).toEqual([['second', 1]]);
    first.root.names.set('first', 2);
    first.commit();
    second[Symbol.dispose]();
    first.root.names.set('first', 3);
    first.commit();
    expect(first.verify().problems).toEqual([]);
    first.close();
    using third = open(disk);
    expect([...third.root.names]).toEqual([['first', 3]]);
    expect(new Set(third.root.numbers)).toEqual(new Set([2]));
  });

  it('never loads a page of the other one', () => {
    const { disk, store } = written();
    store.close();
    const first = open(disk);
    const second = open(disk);
    for (let step = 2; step < 6; step++) {
      first.root.numbers.clear();
      for (let index = 0; index < 5000; index++) first.root.numbers.push(step);
      first.commit();
    }
    expect(() => [...second.root.numbers]).toThrow(conflict);
    expect(() => second.compact()).toThrow(conflict);
    second.close();
    expect(first.verify().problems).toEqual([]);
    first.close();
  });
});
