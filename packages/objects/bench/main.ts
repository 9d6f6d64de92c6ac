/*
 * node --conditions=@terrane/source --import tsx bench/main.ts
 *
 * Medians of interleaved rounds in one process; ratios are of these.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryDriver, openWith } from '@terrane/driver';
import { wrapFile } from '@terrane/driver-kit';
import { sec2 } from '@terrane/drivers';
import { defineSchema, float64, int32, list, map, ObjectStore, ref, struct, text } from '../src/index.js';

const schema = defineSchema({
  Root: struct({ points: list(ref('Point')), byName: map(text(), ref('Point')), values: list(float64()) }),
  Point: struct({ x: float64(), y: float64(), n: int32() }),
});
const count = 1024;
const store = ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'a' }), schema);
const { root } = store;
for (let index = 0; index < count; index++) {
  const point = store.create('Point', { x: index + 0.5, y: 0.5, n: index });
  root.points.push(point);
  root.byName.set(`name ${index}`, point);
  root.values.push(index + 0.5);
}
store.commit();
const live = [...root.points];
const plain = live.map(({ x, y, n }) => ({ x, y, n }));
const plainMap = new Map(plain.map((point, index) => [`name ${index}`, point]));
const names = plain.map((_, index) => `name ${index}`);
const view = new DataView(new ArrayBuffer(count * 32));

interface Case {
  readonly name: string;
  readonly times: number;
  readonly run: () => unknown;
  readonly against?: string;
}

// Each loop has a text of its own, so that each place of access sees one kind of object, as in a program.
const cases: Case[] = [
  { name: 'read: plain object', times: 300, run: () => readPlain() },
  { name: 'read: DataView by hand', times: 300, run: () => readView(), against: 'read: plain object' },
  { name: 'read: live object', times: 300, run: () => readLive(), against: 'read: plain object' },
  { name: 'write: plain object', times: 300, run: () => writePlain() },
  { name: 'write: live object', times: 300, run: () => writeLive(), against: 'write: plain object' },
  { name: 'map get: Map', times: 30, run: () => getPlain() },
  { name: 'map get: persistent', times: 30, run: () => getLive(), against: 'map get: Map' },
  { name: 'list iteration: floats', times: 30, run: () => sumValues() },
  { name: 'list iteration: objects', times: 30, run: () => sumPoints() },
];

function readPlain() {
  let sum = 0;
  for (let i = 0; i < plain.length; i++) sum += plain[i]!.x;
  return sum;
}
function readView() {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += view.getFloat64(i * 32, true);
  return sum;
}
function readLive() {
  let sum = 0;
  for (let i = 0; i < live.length; i++) sum += live[i]!.x;
  return sum;
}
function writePlain() {
  for (let i = 0; i < plain.length; i++) plain[i]!.y = i + 0.5;
}
function writeLive() {
  for (let i = 0; i < live.length; i++) live[i]!.y = i + 0.5;
}
function getPlain() {
  let sum = 0;
  for (let i = 0; i < names.length; i++) sum += plainMap.get(names[i]!)!.x;
  return sum;
}
function getLive() {
  let sum = 0;
  for (let i = 0; i < names.length; i++) sum += root.byName.get(names[i]!)!.x;
  return sum;
}
function sumValues() {
  let sum = 0;
  for (const value of root.values) sum += value;
  return sum;
}
function sumPoints() {
  let sum = 0;
  for (const point of root.points) sum += point.x;
  return sum;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const timed = (run: () => unknown) => {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start);
};

const samples = new Map(cases.map(({ name }) => [name, [] as number[]]));
for (let round = 0; round < 25; round++) {
  for (const { name, times, run } of cases) {
    const nanoseconds = timed(() => {
      for (let time = 0; time < times; time++) run();
    });
    if (round > 3) samples.get(name)!.push(nanoseconds / times / count);
  }
}
const medians = new Map([...samples].map(([name, values]) => [name, median(values)]));
for (const { name, against } of cases) {
  const own = medians.get(name)!;
  const ratio = against ? `  ${(own / medians.get(against)!).toFixed(2)} × ${against}` : '';
  console.log(`${name.padEnd(28)} ${own.toFixed(2).padStart(8)} ns${ratio}`);
}
store.rollback();
store.close();

const folder = mkdtempSync(join(tmpdir(), 'objects-bench-'));
const path = join(folder, 'store');
{
  let written = 0;
  const file = wrapFile(openWith(sec2, { name: path, mode: 'w' }), (op, args, call) => {
    if (op === 'write') written += (args[1] as Uint8Array).length;
    return call();
  });
  using big = ObjectStore.open(file, schema);
  const { values } = big.root;
  const start = process.hrtime.bigint();
  for (let index = 0; index < 4_000_000; index++) values.push(index);
  console.log(
    `\n4,000,000 × list push: ${(Number(process.hrtime.bigint() - start) / 4e6).toFixed(0)} ns each`,
  );
  const pages = big.commit();
  console.log(`commit of ${pages} pages`);
  for (const changes of [1, 100, 256, 10_000]) {
    const bytes: number[] = [];
    const rounds = Array.from({ length: 9 }, (_, round) => {
      // One value in every 512 is one page each.
      for (let index = 0; index < changes; index++)
        values.set((index * 512 * 7 + round) % 3_900_000, -round - changes);
      written = 0;
      const nanoseconds = timed(() => big.commit());
      bytes.push(written);
      return nanoseconds;
    });
    const [milliseconds, mebibytes] = [median(rounds) / 1e6, median(bytes) / 2 ** 20];
    console.log(
      `commit of ${changes} scattered changes: ${milliseconds.toFixed(2)} ms, ${mebibytes.toFixed(2)} MiB written`,
    );
  }
}
const opening = Array.from({ length: 9 }, () =>
  timed(() => {
    using again = ObjectStore.open(openWith(sec2, { name: path, mode: 'r' }), schema, { readOnly: true });
    return again.root.values.at(3_999_999);
  }),
);
console.log(`open, and read one value of 32 MB: ${(median(opening) / 1e6).toFixed(2)} ms`);
rmSync(folder, { recursive: true });
