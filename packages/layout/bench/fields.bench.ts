/*
 * Field access on 1024 records, ours beside a plain object and two peers. Run from the package:
 *
 *     npx tsx --conditions=@terrane/source bench/fields.bench.ts
 *
 * Every candidate gets a loop of its own (one shared loop would see all classes and be slow for each), the
 * candidates take turns, and the table shows medians in nanoseconds and ratios to the plain object's.
 */
import bufferBackedObject from 'buffer-backed-object';
import { View } from 'structurae';
import { float64, int32, int64, pad, struct, uint16 } from '../src/index.js';

const count = 1024;
const rounds = 15;
const scansPerRound = 300;

const fields = { x: float64(), a: int32(), b: uint16(), _: pad(2), n: int64({ as: 'number' }), g: int64() };
const Ours = struct(fields, { align: 'c' });
const Packed = struct({ lead: uint16(), ...fields });
const Big = struct({
  x: float64({ byteOrder: 'big' }),
  a: int32({ byteOrder: 'big' }),
  b: uint16({ byteOrder: 'big' }),
  n: int64({ as: 'number', byteOrder: 'big' }),
  g: int64({ byteOrder: 'big' }),
});

interface Candidate {
  x: number;
  a: number;
  b: number;
  n: number;
  g: bigint;
}

const value = (i: number): Candidate => ({ x: i / 2, a: -i, b: i & 7, n: i * 1e9, g: BigInt(i) * 1000n });
const plain = Array.from({ length: count }, (_, i) => value(i));

const ours = Ours.rows(new Uint8Array(count * Ours.size));
const packed = Packed.rows(new Uint8Array(count * Packed.size));
const big = Big.rows(new Uint8Array(count * Big.size));
for (let i = 0; i < count; i++) {
  ours.set(i, value(i));
  packed.set(i, { lead: 1, ...value(i) });
  big.set(i, value(i));
}

const StructView = new View().create<{ x: number; a: number; b: number }>({
  $id: 'Row',
  type: 'object',
  properties: {
    x: { type: 'number', btype: 'float64' },
    a: { type: 'number', btype: 'int32' },
    b: { type: 'number', btype: 'uint16' },
  },
});
const structurae = plain.map(({ x, a, b }) => StructView.from({ x, a, b }));
const { ArrayOfBufferBackedObjects, Float64, Int32, Uint16, Uint8, structSize } = bufferBackedObject;
const backedFields = { x: Float64(), a: Int32(), b: Uint16(), pad: Uint8() };
const backed = ArrayOfBufferBackedObjects(new ArrayBuffer(count * structSize(backedFields)), backedFields);
const backedRows = plain.map(({ x, a, b }, i) => Object.assign(backed[i]!, { x, a, b, pad: 0 }));

const candidates: Record<string, readonly object[]> = {
  plain,
  'ours, C-aligned': [...ours],
  'ours, packed at odd offsets': [...packed],
  'ours, big-endian': [...big],
  structurae,
  'buffer-backed-object': backedRows,
};

const methods = new Set(['structurae']);
const property = (name: string, field: string) => (methods.has(name) ? `r.get('${field}')` : `r.${field}`);
const store = (name: string, field: string, what: string) =>
  methods.has(name) ? `r.set('${field}', ${what})` : `r.${field} = ${what}`;

const tasks: Record<string, (name: string) => string> = {
  'read 1 field': (name) => `sum += ${property(name, 'x')}`,
  'read 3 fields': (name) =>
    `sum += ${property(name, 'x')} + ${property(name, 'a')} + ${property(name, 'b')}`,
  'write float64': (name) => store(name, 'x', 'k + i'),
  'write int32': (name) => store(name, 'a', 'k - i'),
  'int64 as number': (name) => `sum += ${property(name, 'n')}`,
  'int64 as bigint': (name) => `if (${property(name, 'g')} === 5000n) sum++`,
  'write int64 as number': (name) => store(name, 'n', 'k * 5000000000'),
};
const without64 = new Set(['structurae', 'buffer-backed-object']);

/** Kept, so that no engine leaves out work whose result nobody wants. */
let sink = 0;
const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;

console.log(
  `Node ${process.version}, ${count} records, median of ${rounds} rounds, ns per record (ratio to plain)`,
);
for (const [task, body] of Object.entries(tasks)) {
  const runs = Object.entries(candidates)
    .filter(([name]) => !(task.includes('64 ') && without64.has(name)))
    .map(([name, rows]) => {
      // A source text of its own: the engine shares code and its feedback between equal texts.
      const source = `/* ${name}: ${task} */ let sum = 0;
        for (let i = 0; i < rows.length; i++) { const r = rows[i]; ${body(name)}; } return sum;`;
      return {
        name,
        rows,
        loop: new Function('rows', 'k', source) as (rows: readonly object[], k: number) => number,
        times: [] as number[],
      };
    });
  for (let round = 0; round < rounds + 3; round++) {
    for (const run of runs) {
      const start = process.hrtime.bigint();
      for (let k = 0; k < scansPerRound; k++) sink += run.loop(run.rows, k);
      const elapsed = Number(process.hrtime.bigint() - start) / (scansPerRound * count);
      if (round >= 3) run.times.push(elapsed);
    }
  }
  const base = median(runs[0]!.times);
  console.log(task);
  for (const { name, times } of runs) {
    const time = median(times);
    console.log(`  ${name.padEnd(30)} ${time.toFixed(2).padStart(8)}   ${(time / base).toFixed(2)}`);
  }
}
if (Number.isNaN(sink)) console.log('one of the fields was no number');
