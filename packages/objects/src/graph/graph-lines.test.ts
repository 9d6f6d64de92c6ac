import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import {
  defineSchema,
  float64,
  interned,
  list,
  ObjectStore,
  optional,
  ref,
  struct,
  text,
  union,
} from '../index.js';
import { exportLines, importLines } from '../tools/index.js';

const schema = defineSchema({
  Root: struct({
    nodes: list(ref('Node')),
    any: list(optional(union(text(), float64(), ref('Node'), ref('Thing')))),
  }),
  Node: struct({ name: interned() }),
  Hub: struct({}, { extends: 'Node' }),
  Thing: struct({ name: text() }, { counted: true }),
  Road: struct({ length: float64() }, { edge: { from: 'Node', to: 'Hub' } }),
});

it('comes out as lines, and in again, with all its edges in their order', () => {
  using store = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
  const hub = store.create('Hub', { name: 'hub' });
  store.root.nodes.push({ name: 'first' }, hub);
  const first = store.root.nodes.at(0)!;
  for (const length of [3, 1, 2]) store.connect('Road', length === 1 ? hub : first, hub, { length });
  store.connect('Road', { name: 'only an edge leads here' }, hub, { length: 9 });
  store.root.any.push('text', 1, hub, { name: 'thing' } as never, null);
  store.commit();
  const lines = [...exportLines(store)];
  using copy = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
  importLines(copy, lines);
  copy.commit();
  expect([...exportLines(copy)]).toEqual(lines);
  const roads = [...(copy.root.nodes.at(1) as unknown as typeof hub).in('Road')];
  expect(roads.map(({ from, length }) => [from.name, length])).toEqual([
    ['only an edge leads here', 9],
    ['first', 2],
    ['hub', 1],
    ['first', 3],
  ]);
  // By hand, without the order.
  const bare = lines.map((line) => {
    const { out: _out, in: _in, ...rest } = JSON.parse(line);
    return JSON.stringify(rest);
  });
  using other = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
  importLines(other, bare);
  expect((other.root.nodes.at(1) as unknown as typeof hub).in('Road').count).toBe(4);
  const wrong = lines.map((line) => line.replace('"in":{"Road":["Road#', '"in":{"Road":["Node#'));
  expect(() => importLines(ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema), wrong)).toThrow(
    expect.objectContaining({
      code: 'OBJ_IMPORT',
      message: expect.stringContaining('the name of an edge is wanted'),
    }),
  );
  for (const made of [copy, other]) {
    made.commit();
    expect(made.verify().problems).toEqual([]);
  }
});
