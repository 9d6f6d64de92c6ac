import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defineSchema, type Infer, int32, map, ObjectStore, ref, struct } from '../index.js';

const schema = defineSchema({
  Root: struct({ nodes: map(int32(), ref('Node')) }),
  Node: struct({ id: int32() }),
  Hub: struct({}, { extends: 'Node' }),
  Road: struct({ id: int32() }, { edge: { from: 'Node', to: 'Node' } }),
  Rail: struct({ id: int32() }, { edge: { from: 'Hub', to: 'Node' } }),
});
type Store = ObjectStore<typeof schema.structs>;
type Node = Infer<typeof schema, 'Node'>;
type Hub = Infer<typeof schema, 'Hub'>;

/** Edges in the order in which they were made. */
interface Model {
  next: number;
  nodes: Map<number, boolean>;
  edges: { id: number; isRail: boolean; from: number; to: number }[];
}

const pick = <T>(all: readonly T[], share: number): T | undefined => all[Math.floor(share * all.length)];
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
type Step = (store: Store, model: Model) => void;

const add: fc.Arbitrary<Step> = fc.boolean().map((isHub) => (store, model) => {
  const id = model.next++;
  store.root.nodes.set(id, store.create(isHub ? 'Hub' : 'Node', { id }));
  model.nodes.set(id, isHub);
});
const connect: fc.Arbitrary<Step> = fc
  .tuple(share, share, fc.boolean())
  .map(([a, b, rail]) => (store, model) => {
    const from = pick([...model.nodes.keys()], a);
    const to = pick([...model.nodes.keys()], b);
    if (from === undefined || to === undefined) return;
    const isRail = rail && model.nodes.get(from)!;
    const id = model.next++;
    const ends = [store.root.nodes.get(from)!, store.root.nodes.get(to)!] as const;
    if (isRail) store.connect('Rail', ends[0] as Hub, ends[1], { id });
    else store.connect('Road', ...ends, { id });
    model.edges.push({ id, isRail, from, to });
  });
const cut: fc.Arbitrary<Step> = fc.tuple(share, fc.boolean()).map(([which, incoming]) => (store, model) => {
  const edge = pick(model.edges, which);
  if (!edge) return;
  const node = store.root.nodes.get(incoming ? edge.to : edge.from)!;
  for (const found of incoming ? node.in() : (node as Hub).out()) if (found.id === edge.id) store.free(found);
  model.edges = model.edges.filter((other) => other !== edge);
});
const remove: fc.Arbitrary<Step> = share.map((which) => (store, model) => {
  const id = pick([...model.nodes.keys()], which);
  if (id === undefined) return;
  store.free(store.root.nodes.get(id)!);
  store.root.nodes.delete(id);
  model.nodes.delete(id);
  model.edges = model.edges.filter(({ from, to }) => from !== id && to !== id);
});

function expectSame({ root }: Store, { nodes, edges }: Model): void {
  for (const [id, isHub] of nodes) {
    const node = root.nodes.get(id)! as Node;
    const at = (end: 'from' | 'to', isRail: boolean) =>
      edges.filter((edge) => edge[end] === id && edge.isRail === isRail).map((edge) => edge.id);
    expect([...node.out('Road')].map((edge) => edge.id)).toEqual(at('from', false).reverse());
    expect([...node.in('Road').oldestFirst()].map((edge) => edge.id)).toEqual(at('to', false));
    expect([...node.in('Rail')].map((edge) => edge.id)).toEqual(at('to', true).reverse());
    expect([node.in('Rail').count, node.out('Road').count]).toEqual([
      at('to', true).length,
      at('from', false).length,
    ]);
    if (isHub)
      expect([...(node as Hub).out('Rail').oldestFirst()].map((edge) => edge.id)).toEqual(at('from', true));
  }
}

it('does what a list of edges does, through rollbacks, collections, compaction and reopening', () => {
  const script = fc.array(
    fc.record({
      steps: fc.array(fc.oneof(add, { arbitrary: connect, weight: 4 }, cut, remove), { maxLength: 16 }),
      end: fc.constantFrom('commit', 'rollback', 'savepoint', 'collect', 'compact', 'reopen'),
    }),
    { maxLength: 10 },
  );
  const property = fc.property(script, (rounds) => {
    const disk = memoryDriver();
    const open = () => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
    let store = open();
    let model: Model = { next: 0, nodes: new Map(), edges: [] };
    for (const { steps, end } of rounds) {
      const before = structuredClone(model);
      if (end !== 'savepoint') store.commit();
      const point = end === 'savepoint' ? store.savepoint() : undefined;
      for (const step of steps) step(store, model);
      expectSame(store, model);
      if (end === 'rollback' || point) {
        if (point) point.rollback();
        else store.rollback();
        model = before;
      }
      if (end === 'collect') expect(store.collect().chunks).toBe(0);
      if (end === 'compact' || end === 'reopen') {
        store.commit();
        if (end === 'compact') store.compact();
        else store.close();
        if (end === 'reopen') store = open();
      }
      expectSame(store, model);
    }
    store.commit();
    expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
    store.close();
  });
  fc.assert(property, { numRuns: 60 });
});
