import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buffer, bytes, defineSchema, list, memoryView, ObjectStore, ref, struct, uint8 } from '../index.js';

const schema = defineSchema({
  Root: struct({ parts: list(bytes()), images: list(buffer()), small: list(ref('Small')) }),
  Small: struct({ n: uint8() }),
});
const mebibyte = 2 ** 20;

/** Bytes of a length that tell which they are. */
function patternOf(length: number, seed: number): Uint8Array {
  const made = new Uint8Array(length).fill(seed);
  for (let at = 0; at < length; at += 4099) made[at] = seed + at;
  return made;
}

/** Whether they are the same; the test's own comparison looks at each element by itself. */
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

const around = (middle: number) => fc.integer({ min: middle - 40, max: middle + 40 });
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 0, max: 4 * mebibyte }),
  ...[1, 2, 3].map((count) => around(count * mebibyte)),
);
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.constant('add' as const), sizes) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('remove' as const), fc.nat(20)) },
    ...(['savepoint', 'back', 'commit', 'rollback', 'open', 'read'] as const).map((name) => ({
      weight: 1,
      arbitrary: fc.tuple(fc.constant(name), fc.nat(20)),
    })),
  ),
  { minLength: 3, maxLength: 20 },
);

it('chunks of all sizes lie beside each other, through commits, savepoints and rollbacks', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const disk = memoryDriver();
      const open = (readOnly: boolean) => {
        return ObjectStore.open(openWith(disk, { name: 'f', mode: readOnly ? 'r' : 'a' }), schema, {
          readOnly,
        });
      };
      let store = open(false);
      store.commit();
      let now: Uint8Array[] = [];
      let committed: Uint8Array[] = [];
      let saved: { point: ReturnType<ObjectStore['savepoint']>; parts: Uint8Array[] } | undefined;
      const expectParts = (of: { root: { parts: Iterable<Uint8Array> } }, wanted: Uint8Array[]) => {
        const found = [...of.root.parts];
        expect(found.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length));
        for (const [index, part] of found.entries()) expect(same(part, wanted[index]!)).toBe(true);
      };
      for (const [index, [name, size]] of steps.entries()) {
        if (name === 'add') {
          now = [...now, patternOf(size, index)];
          store.root.parts.push(now.at(-1)!);
        } else if (name === 'remove' && now.length > 0) {
          const which = size % now.length;
          now = now.filter((_, other) => other !== which);
          store.root.parts.delete(which);
        } else if (name === 'savepoint') {
          saved = { point: store.savepoint(), parts: now };
        } else if (name === 'back' && saved) {
          saved.point.rollback();
          now = saved.parts;
          saved = undefined;
        } else if (name === 'commit' || name === 'open') {
          const before = store.snapshot();
          store.commit();
          expectParts(before, committed);
          before.close();
          committed = now;
          saved = undefined;
          if (name === 'open') {
            store.close();
            store = open(false);
          }
        } else if (name === 'rollback') {
          store.rollback();
          now = committed;
          saved = undefined;
        } else if (name === 'read') {
          using reader = open(true);
          expectParts(reader, committed);
        }
        expectParts(store, now);
      }
      store.commit();
      expect(store.verify()).toMatchObject({ problems: [], leaked: { chunks: 0, bytes: 0 } });
      store.compact();
      expectParts(store, now);
      store.close();
    }),
    { numRuns: 25 },
  );
});

it('views go on where a large chunk took the place of one that was rolled back', () => {
  const disk = memoryDriver();
  using store = ObjectStore.open(openWith(disk, { name: 'f', mode: 'a' }), schema);
  const { root } = store;
  root.images.push(new Uint8Array(10));
  store.commit();
  const point = store.savepoint();
  root.images.push(new Uint8Array(10 * mebibyte));
  const gone = root.images.at(-1)!;
  point.rollback();
  // Where that was there is room for this one, and none for the next.
  root.images.push(new Uint8Array(mebibyte - 100));
  const view = memoryView(root.images.at(-1)!);
  root.images.push(new Uint8Array(12 * mebibyte).fill(3));
  expect(() => String(gone)).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
  store.commit();
  view.data[5] = 7;
  expect(store.changed).toBe(true);
  store.commit();
  using reader = ObjectStore.open(openWith(disk, { name: 'f' }), schema, { readOnly: true });
  expect(reader.root.images.at(1)!.copy()[5]).toBe(7);
  const last = reader.root.images.at(2)!;
  expect(last.copy().at(-1)).toBe(3);
});

it('memory is reserved for what is read, not for all there is', () => {
  const disk = memoryDriver();
  {
    using store = ObjectStore.open(openWith(disk, { name: 'f', mode: 'a' }), schema);
    store.root.small.push({ n: 5 });
    for (let count = 0; count < 20; count++) store.root.images.push(new Uint8Array(5 * mebibyte));
    store.commit();
  }
  using reader = ObjectStore.open(openWith(disk, { name: 'f' }), schema, { readOnly: true });
  const before = process.memoryUsage().arrayBuffers;
  expect(reader.root.small.at(0)!.n).toBe(5);
  expect(reader.root.images.at(7)!.copy().length).toBe(5 * mebibyte);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * mebibyte);
});
