import { type Candidate, race, report } from './measure.js';
import { memoryStore, pointOf } from './point-schema.js';

const count = 1024;

/** 64-bit integers, as number and as bigint, beside plain objects that hold numbers. */
export async function integers(where: string): Promise<void> {
  using store = memoryStore();
  for (let index = 0; index < count; index++) {
    store.root.points.push({ ...pointOf(index), long: index * 1e10, big: BigInt(index) * 10_000_000_000n });
  }
  const live = [...store.root.points];
  const plain = Array.from({ length: count }, (_, index) => ({ long: index * 1e10, y: 0 }));
  const readPlain = () => {
    let sum = 0;
    for (let i = 0; i < plain.length; i++) sum += plain[i]!.long;
    return sum;
  };
  const readLong = () => {
    let sum = 0;
    for (let i = 0; i < live.length; i++) sum += live[i]!.long;
    return sum;
  };
  const readBig = () => {
    let found = 0;
    for (let i = 0; i < live.length; i++) if (live[i]!.big === 50_000_000_000n) found++;
    return found;
  };
  if (readLong() !== readPlain() || readBig() !== 1) throw new Error('the integers are others');
  const often = (run: () => unknown): Candidate => ({ count, times: 300, run });
  report(
    `a 64-bit integer read, ${where}`,
    await race(21, {
      'as number': often(readLong),
      'as bigint': often(readBig),
      'plain object': often(readPlain),
    }),
    [
      { of: 'as number', against: 'plain object', timesTheTime: 1.6 },
      { of: 'as bigint', against: 'plain object', timesTheTime: 4 },
    ],
  );
}
