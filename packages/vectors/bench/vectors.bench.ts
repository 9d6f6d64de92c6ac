/*
 * Whole-vector work beside loops written by hand and, where Python has it, NumPy's memmap; and rows of a record file
 * beside three column files. Run from the package, with the number of doubles if not 100 million:
 *
 *     npx tsx --conditions=@terrane/source bench/vectors.bench.ts 100e6
 *
 * Candidates take turns; the table shows medians and ratios to the first of each group.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32, float64, int8, struct } from '@terrane/layout';
import { map } from '@terrane/mmap';
import { hasPython, python } from '@terrane/oracles';
import { mapRecords, mapVector } from '../src/index.js';

const count = Number(process.argv[2] ?? 100e6);
const rounds = 7;
const folder = mkdtempSync(join(tmpdir(), 'terrane-bench-'));
/** Kept, so that no engine leaves out work whose result nobody wants. */
export let result: unknown;
const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[list.length >> 1]!;

function race(
  title: string,
  candidates: Record<string, () => unknown>,
  more: Record<string, number> = {},
): void {
  const times: Record<string, number[]> = {};
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      const start = process.hrtime.bigint();
      result = run();
      const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
      if (round < 0) times[name] = [];
      else times[name]!.push(elapsed);
    }
  }
  const medians = {
    ...Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)])),
    ...more,
  };
  const [base] = Object.values(medians) as [number];
  console.log(title);
  for (const [name, time] of Object.entries(medians)) {
    console.log(`  ${name.padEnd(44)} ${time.toFixed(2).padStart(9)} ms   ${(time / base).toFixed(2)}`);
  }
}

function write(name: string, make: (part: number) => Uint8Array | undefined): string {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  for (let part = 0; ; part++) {
    const bytes = make(part);
    if (bytes === undefined) break;
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  }
  closeSync(file);
  return path;
}

function numpy(script: string, path: string): Record<string, number> {
  if (!hasPython) return {};
  try {
    const text = python(
      `
      import time, numpy
      m = numpy.memmap(args['path'], numpy.float64, 'r')
      def median(run):
          times = []
          for i in range(${rounds + 1}):
              start = time.perf_counter(); run(); times.append((time.perf_counter() - start) * 1e3)
          return sorted(times[1:])[${rounds >> 1}]
      print(json.dumps(median(lambda: ${script})))`,
      { path },
    );
    return { [`NumPy ${script}`]: JSON.parse(text) };
  } catch {
    return {};
  }
}

try {
  const chunk = new Float64Array(1_000_000);
  const doubles = write('doubles', (part) => {
    if (part * chunk.length >= count) return undefined;
    for (let i = 0; i < chunk.length; i++) chunk[i] = Math.sin(part * 31 + i);
    return new Uint8Array(chunk.buffer, 0, 8 * Math.min(chunk.length, count - part * chunk.length));
  });
  using vector = mapVector(doubles, float64());
  using raw = map(doubles);
  const typed = raw.view(Float64Array);
  console.log(`Node ${process.version}, ${vector.length} doubles, median of ${rounds}`);

  race(
    'sum',
    {
      'typed array, for loop by hand': () => {
        let sum = 0;
        for (let i = 0; i < typed.length; i++) sum += typed[i]!;
        return sum;
      },
      'vector.sum()': () => vector.sum(),
    },
    numpy('m.sum()', doubles),
  );
  for (const [title, bound] of [
    ['filter to positions, 1 in 16', -0.98],
    ['filter to positions, half', 0],
  ] as const) {
    race(
      title,
      {
        'typed array, for loop by hand': () => {
          let positions = new Uint32Array(1024);
          let found = 0;
          for (let i = 0; i < typed.length; i++) {
            if (typed[i]! < bound) {
              if (found === positions.length) {
                const longer = new Uint32Array(2 * found);
                longer.set(positions);
                positions = longer;
              }
              positions[found++] = i;
            }
          }
          return positions.slice(0, found);
        },
        "vector.where('<', …)": () => vector.where('<', bound),
      },
      numpy(`numpy.flatnonzero(m < ${bound})`, doubles),
    );
  }

  const rows = 1_000_000;
  const Row = struct({ a: int8(), b: float32(), c: float64() });
  const records = new Uint8Array(rows * Row.size);
  const all = Row.rows(records);
  for (let i = 0; i < rows; i++) all.set(i, { a: i & 63, b: i, c: i / 3 });
  const one = write('records', (part) => (part === 0 ? records : undefined));
  const columns = Row.fields.map(({ name, layout }) => {
    const column = Row.column(name as 'a', records);
    const bytes = new Uint8Array(rows * layout.size);
    for (let i = 0; i < rows; i++) layout.write(bytes, column.get(i), i * layout.size);
    return mapVector(
      write(name, (part) => (part === 0 ? bytes : undefined)),
      layout,
    );
  });
  using table = mapRecords(one, Row);
  const slice = { start: 450_000, stop: 550_001 };
  const picks = Array.from({ length: 10_000 }, (_, i) => (i * 7919) % rows);
  race('100 001 rows, 3 fields', {
    'three column files, take': () => columns.map((column) => column.take(slice)),
    'record file, take': () => table.take(slice),
    'record file, plain objects': () => table.records(slice),
  });
  race('10 000 single rows, 3 fields', {
    'three column files, get': () => picks.map((i) => columns.map((column) => column.get(i))),
    'record file, get (plain object)': () => picks.map((i) => table.get(i)),
    'record file, at (live row), all fields read': () => {
      let sum = 0;
      for (const i of picks) {
        const row = table.at(i);
        sum += row.a + row.b + row.c;
      }
      return sum;
    },
  });
  race('one whole column of 1 000 000', {
    'column file, take': () => columns[2]!.take(),
    'record file, column take': () => table.column('c').take(),
  });
  race('two conditions over 1 000 000 records', {
    'live rows, if': () => {
      const found: number[] = [];
      for (let i = 0; i < table.length; i++) {
        const row = table.at(i);
        if (row.c > 100_000 && row.a < 10) found.push(i);
      }
      return found;
    },
    'table.where({ c: { gt }, a: { lt } })': () => table.where({ c: { gt: 100_000 }, a: { lt: 10 } }),
  });
  for (const column of columns) column.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
