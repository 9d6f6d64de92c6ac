import { bufferBackedObject, openLmdb, StructuraeView } from '@terrane/peers';
import { type Candidate, race, report } from './measure.js';
import { memoryStore, pointOf } from './point-schema.js';

const count = 1024;
const rounds = 21;
const stride = 32;

/** One field of 1024 records, read and written. Each loop has a text of its own, so that it sees one kind of object, as in a program. */
export async function fields(folder: string, where: string): Promise<void> {
  using store = memoryStore();
  for (let index = 0; index < count; index++) store.root.points.push(pointOf(index));
  store.commit();
  const live = [...store.root.points];
  const plain = Array.from({ length: count }, (_, index) => pointOf(index));
  const view = new DataView(new ArrayBuffer(count * stride));
  const Struct = new StructuraeView().create<{ x: number; y: number; n: number }>({
    $id: 'Point',
    type: 'object',
    properties: {
      x: { type: 'number', btype: 'float64' },
      y: { type: 'number', btype: 'float64' },
      n: { type: 'number', btype: 'int32' },
    },
  });
  const structs = plain.map((point) => Struct.from(point));
  const { ArrayOfBufferBackedObjects, Float64, Int32, structSize } = bufferBackedObject;
  const layout = { x: Float64(), y: Float64(), n: Int32(), pad: Int32() };
  const backed = [...ArrayOfBufferBackedObjects(new ArrayBuffer(count * structSize(layout)), layout)];
  const binary = openLmdb<Buffer>(`${folder}/binary`, 'binary', { noSync: true });
  const packed = openLmdb<{ x: number; y: number; n: number }>(`${folder}/msgpack`, 'msgpack', {
    noSync: true,
  });
  const record = Buffer.alloc(stride);
  for (let index = 0; index < count; index++) {
    view.setFloat64(index * stride, index + 0.5, true);
    Object.assign(backed[index]!, pointOf(index));
    record.writeDoubleLE(index + 0.5);
    binary.putSync(index, record);
    packed.putSync(index, pointOf(index));
  }

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
  const readLive = () => {
    let sum = 0;
    for (let i = 0; i < live.length; i++) sum += live[i]!.x;
    return sum;
  };
  const readStruct = () => {
    let sum = 0;
    for (let i = 0; i < structs.length; i++) sum += structs[i]!.get('x') as number;
    return sum;
  };
  const readBacked = () => {
    let sum = 0;
    for (let i = 0; i < backed.length; i++) sum += backed[i]!.x;
    return sum;
  };
  const readBinary = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += (binary.getBinaryFast(i) as Buffer).readDoubleLE(0);
    return sum;
  };
  const readPacked = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += packed.get(i)!.x;
    return sum;
  };
  const expected = readPlain();
  for (const read of [readView, readLive, readStruct, readBacked, readBinary, readPacked]) {
    if (read() !== expected) throw new Error(`${read.name} reads something else`);
  }
  const often = (run: () => unknown): Candidate => ({ count, times: 300, run });
  const seldom = (run: () => unknown): Candidate => ({ count, times: 10, run });
  report(
    `a field read, ${where}`,
    await race(rounds, {
      'live object': often(readLive),
      'plain object': often(readPlain),
      'DataView by hand': often(readView),
      structurae: often(readStruct),
      'buffer-backed-object': often(readBacked),
      'lmdb getBinaryFast': seldom(readBinary),
      'lmdb msgpack get': seldom(readPacked),
    }),
    [
      { of: 'live object', against: 'plain object', timesTheTime: 1.3 },
      { of: 'live object', against: 'lmdb getBinaryFast', timesAsFast: 80 },
      { of: 'live object', against: 'lmdb msgpack get', timesAsFast: 200 },
      { of: 'live object', against: 'buffer-backed-object', timesAsFast: 6 },
      { of: 'live object', against: 'structurae', timesAsFast: 1 },
    ],
  );

  const writePlain = () => {
    for (let i = 0; i < plain.length; i++) plain[i]!.y = i + 0.5;
  };
  const writeView = () => {
    for (let i = 0; i < count; i++) view.setFloat64(i * stride + 8, i + 0.5, true);
  };
  const writeLive = () => {
    for (let i = 0; i < live.length; i++) live[i]!.y = i + 0.5;
  };
  const writeStruct = () => {
    for (let i = 0; i < structs.length; i++) structs[i]!.set('y', i + 0.5);
  };
  const writeBacked = () => {
    for (let i = 0; i < backed.length; i++) backed[i]!.y = i + 0.5;
  };
  const putBinary = (round: number) => {
    let elapsed = 0n;
    binary.transactionSync(() => {
      const start = process.hrtime.bigint();
      for (let i = 0; i < count; i++) {
        record.writeDoubleLE(i + round, 8);
        binary.put(i, record);
      }
      elapsed = process.hrtime.bigint() - start;
    });
    return elapsed;
  };
  report(
    'a field written',
    await race(rounds, {
      'live object': often(writeLive),
      'plain object': often(writePlain),
      'DataView by hand': often(writeView),
      structurae: often(writeStruct),
      'buffer-backed-object': often(writeBacked),
      'lmdb put in one transaction': { count, run: putBinary },
    }),
    [
      { of: 'live object', against: 'plain object', timesTheTime: 2.5 },
      { of: 'live object', against: 'lmdb put in one transaction', timesAsFast: 80 },
    ],
  );
  store.rollback();
  await binary.close();
  await packed.close();
}
