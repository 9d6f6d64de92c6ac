import { memoryDriver, openWith } from '@terrane/driver';
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
} from '@terrane/objects';
import { race, report } from './measure.js';

const nodes = 1_000;
const edges = 20_000;
const rounds = 11;

const schema = defineSchema({
  Root: struct({
    nodes: list(ref('Node')),
    free: optional(ref('Node')),
    counted: optional(ref('Counted')),
    texts: list(text()),
    interned: list(interned()),
  }),
  Node: struct({ id: float64() }),
  Counted: struct({ id: float64() }, { counted: true }),
  Edge: struct({ weight: float64() }, { edge: { from: 'Node', to: 'Node' } }),
});

interface PlainNode {
  readonly out: { readonly weight: number; readonly to: PlainNode }[];
  readonly in: { readonly weight: number; readonly from: PlainNode }[];
}

/** Edges made and walked, references that are counted, and texts that are stored once. */
export async function graph(): Promise<void> {
  using store = ObjectStore.open(openWith(memoryDriver(), { mode: 'w' }), schema);
  const { root } = store;
  const live = Array.from({ length: nodes }, (_, id) => store.create('Node', { id }));
  root.nodes.push(...live);
  const connect = () => {
    for (let edge = 0; edge < edges; edge++) {
      store.connect('Edge', live[edge % nodes]!, live[(edge * 7) % nodes]!, { weight: edge });
    }
  };
  const plain: PlainNode[] = Array.from({ length: nodes }, () => ({ out: [], in: [] }));
  const connectPlain = () => {
    for (let edge = 0; edge < edges; edge++) {
      const [from, to] = [plain[edge % nodes]!, plain[(edge * 7) % nodes]!];
      from.out.push({ weight: edge, to });
      to.in.push({ weight: edge, from });
    }
  };
  const clear = () => {
    for (const node of live) for (const edge of node.out('Edge')) store.free(edge);
    for (const node of plain) {
      node.out.length = 0;
      node.in.length = 0;
    }
  };
  report(
    'connecting two nodes',
    await race(rounds, {
      connect: { count: edges, run: connect, before: clear },
      'plain objects': { count: edges, run: connectPlain, before: clear },
    }),
  );
  clear();
  connect();
  connectPlain();
  const walk = () => {
    let sum = 0;
    for (const node of live) for (const { weight } of node.out('Edge')) sum += weight;
    return sum;
  };
  const walkPlain = () => {
    let sum = 0;
    for (const node of plain) for (const { weight } of node.out) sum += weight;
    return sum;
  };
  if (walk() !== walkPlain()) throw new Error('there are other edges');
  report(
    'walking the edges of all nodes, for each',
    await race(rounds, {
      'out(kind)': { count: edges, run: walk },
      'plain objects': { count: edges, times: 10, run: walkPlain },
    }),
  );
  const counted = store.create('Counted', { id: 1 });
  root.counted = counted;
  const [free] = live;
  const assign = () => {
    for (let time = 0; time < edges; time++) root.free = free!;
  };
  const assignCounted = () => {
    for (let time = 0; time < edges; time++) root.counted = counted;
  };
  report(
    'setting a reference',
    await race(rounds, {
      'not counted': { count: edges, times: 5, run: assign },
      counted: { count: edges, times: 5, run: assignCounted },
    }),
  );
  const words = Array.from({ length: 100 }, (_, index) => `the word of number ${index}`);
  const push = (name: 'texts' | 'interned') => () => {
    for (let time = 0; time < edges; time++) root[name].push(words[time % words.length]!);
  };
  const before = () => {
    root.texts.clear();
    root.interned.clear();
  };
  report(
    'adding one of a hundred texts to a list',
    await race(rounds, {
      'interned()': { count: edges, run: push('interned'), before },
      'text()': { count: edges, run: push('texts'), before },
    }),
  );
  store.rollback();
}
