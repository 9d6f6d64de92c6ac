import { type Candidate, race, report } from './measure.js';
import { memoryStore, pointOf } from './point-schema.js';

const count = 1024;
const stride = 32;

/** One field of 1024 records, read: of live objects, of plain ones, and by a DataView. */
export async function readFields(where: string): Promise<void> {
  using store = memoryStore();
  for (let index = 0; index < count; index++) store.root.points.push(pointOf(index));
  store.commit();
  const live = [...store.root.points];
  const plain = Array.from({ length: count }, (_, index) => pointOf(index));
  const view = new DataView(new ArrayBuffer(count * stride));
  for (let index = 0; index < count; index++) view.setFloat64(index * stride, index + 0.5, true);
  const readLive = () => {
    let sum = 0;
    for (let i = 0; i < live.length; i++) sum += live[i]!.x;
    return sum;
  };
  const readPlain = () => {
    let sum = 0;
    for (let i = 0; i < plain.length; i++) sum += plain[i]!.x;
    return sum;
  };
  const readView = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += view.getFloat64(i * stride, true);
    return sum;
  };
  if (readLive() !== readPlain() || readView() !== readPlain()) throw new Error('the fields are others');
  const often = (run: () => unknown): Candidate => ({ count, times: 300, run });
  report(
    `a field read, ${where}`,
    await race(21, {
      'live object': often(readLive),
      'plain object': often(readPlain),
      'DataView by hand': often(readView),
    }),
    [{ of: 'live object', against: 'plain object', timesTheTime: 1.3 }],
  );
}
