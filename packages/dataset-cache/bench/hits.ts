import { blockBytes, makeBlock } from './make-block.js';
import { race, report, timed } from './measure.js';
import type { Store } from './store.js';
import { stores } from './stores.js';

const blocks = 2000;
const rounds = 9;
const order = (index: number) => (index * 7919) % blocks;

/** Hits and misses on 125 MiB that fit; the peers do not note when a value was used, ours does. */
export async function hits(folder: string): Promise<void> {
  const open = Object.values(stores).map((open) => open({ folder }));
  for (const store of open) {
    await timed(blocks, (index) => store.put(index, makeBlock(index)));
    await store.flush();
  }
  const target = new Uint8Array(blockBytes);
  const tasks: Record<string, (store: Store) => ((index: number) => unknown) | undefined> = {
    'hit, view (lmdb: getBinaryFast)': (store) => store.view && ((index) => store.view!(order(index))),
    'hit, copy': (store) => (index) => store.get(order(index)),
    "hit, into the caller's array": (store) => store.into && ((index) => store.into!(order(index), target)),
    miss: (store) => (index) => store.get(1e6 + index),
  };
  for (const [title, task] of Object.entries(tasks)) {
    const candidates = open.flatMap((store) => {
      const call = task(store);
      // A folder of files takes its time; fewer calls tell as much.
      const count = store.name === 'cacache' ? blocks / 10 : blocks;
      return call ? [[store.name, () => timed(count, call)] as const] : [];
    });
    report(title, await race(rounds, Object.fromEntries(candidates)));
  }
  for (const store of open) await store.close();
}
