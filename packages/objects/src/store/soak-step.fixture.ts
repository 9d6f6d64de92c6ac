import { createRequire } from 'node:module';
import {
  bytes,
  date,
  defineSchema,
  float64,
  type Infer,
  list,
  map,
  type ObjectStore,
  optional,
  ref,
  set,
  struct,
  text,
  uint32,
  weak,
} from '../index.js';

export const schema = defineSchema({
  Root: struct({
    step: uint32(),
    all: map(uint32(), ref('Item')),
    line: list(ref('Item')),
    words: set(text()),
  }),
  Item: struct({
    name: text(),
    size: float64(),
    made: date(),
    data: bytes(),
    note: optional(text()),
    next: optional(ref('Item')),
    last: weak('Item'),
    numbers: list(uint32()),
    inner: map(text(), list(float64())),
  }),
  Big: struct({ weight: float64() }, { extends: 'Item' }),
  Near: struct({ distance: float64() }, { edge: { from: 'Item', to: 'Item' } }),
});
export type SoakStore = ObjectStore<(typeof schema)['structs']>;
type Item = Infer<typeof schema, 'Item'>;

/** Numbers that follow from a step alone. */
function numbersOf(step: number): (most: number) => number {
  let state = Math.imul(step + 1, 0x9e3779b1) >>> 0;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

/** Changes a store as that step does, without committing: equal stores are equal after it. */
export function applyStep(store: SoakStore, step: number): void {
  const random = numbersOf(step);
  const { root } = store;
  const some = (): Item | undefined => root.line.at(random(Math.max(1, root.line.length)));
  const actions: (() => void)[] = [
    () => {
      const kind = random(3) === 0 ? 'Big' : 'Item';
      const item = store.create(kind, { name: `item ${step}`, size: step / 3, made: new Date(step) }) as Item;
      root.all.set(random(500), item);
      root.line.insert(random(root.line.length + 1), item);
    },
    () => {
      if (root.line.length > 0) root.line.delete(random(root.line.length));
    },
    () => void root.all.delete(random(500)),
    () => {
      const item = some();
      if (item) item.name = 'x'.repeat(random(6000));
    },
    () => {
      const item = some();
      if (item) item.data = new Uint8Array(random(9000)).fill(step);
    },
    () => {
      const item = some();
      if (item)
        store.assign(item, {
          note: random(2) ? null : `note ${step}`,
          next: some() ?? null,
          last: some() ?? null,
        });
    },
    () => {
      for (let count = random(300); count > 0; count--) some()?.numbers.push(step);
    },
    () => some()?.inner.set(`key ${random(20)}`, [step, -step]),
    () => void root.words.add(`word ${random(1000)}`),
    () => void root.words.delete(`word ${random(1000)}`),
    () => {
      const [from, to] = [some(), some()];
      if (from && to) store.connect('Near', from, to, { distance: step });
    },
    () => {
      for (const edge of some()?.out('Near') ?? []) {
        store.free(edge);
        break;
      }
    },
    () => {
      const savepoint = store.savepoint();
      root.line.clear();
      root.words.add('never committed');
      savepoint.rollback();
    },
  ];
  for (let count = 1 + random(12); count > 0; count--) actions[random(actions.length)]!();
  // Before a writer compacts: what only weak references lead to would be there with some, and gone with others.
  if (step % 50 === 0) store.collect();
  root.step = step;
}

/** What loads TypeScript in a child process. */
export const tsx: string = createRequire(import.meta.url).resolve('tsx');
