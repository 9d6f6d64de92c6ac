import { race, report, timed } from './measure.js';
import { shared } from './stores.js';

const small = 32;
const rounds = 9;

/** Opens a store of that many small values, reads one of them, and closes it. cacache has nothing to open. */
export async function opening(folder: string, count: number): Promise<void> {
  const options = { folder, bound: 1 << 30 };
  const bytes = new Uint8Array(small).fill(7);
  for (const [name, open] of Object.entries(shared)) {
    const store = open(options);
    const each = await timed(count, (index) => store.put(index, bytes));
    await store.flush();
    if ((await store.get(count - 1)) === undefined) throw new Error(`${name} did not keep them all`);
    await store.close();
    console.log(`  ${name}: ${count} values of ${small} bytes stored, ${each.toFixed(1)} µs each`);
  }
  const candidates = Object.entries(shared).map(([name, open]) => {
    const run = (round: number) =>
      timed(1, async () => {
        const store = open({ folder, readOnly: true });
        if ((await store.get(round)) === undefined) throw new Error('it is not there');
        await store.close();
      });
    return [name, run] as const;
  });
  const medians = await race(rounds, Object.fromEntries(candidates));
  report(`open, one read, close, with ${count} values`, medians);
}
