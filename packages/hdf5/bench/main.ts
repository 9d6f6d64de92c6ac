/*
 * Ours beside h5wasm and (where Python has it) h5py, interleaved in one run, medians and ratios:
 *
 *     pnpm --filter @terrane/hdf5 bench [MiB of the large dataset] [rounds]
 *
 * Every task opens the file anew. The file is warm in the system's cache, so this measures the libraries, not the disk.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { memoryDriver, openWith } from '@terrane/driver';
import { core, sec2 } from '@terrane/drivers';
import { hasH5py, openH5wasm, temporaryFolder } from '@terrane/oracles';
import type { Dataset as TheirDataset } from 'h5wasm/node';
import { createFile, type File, openFile } from '../src/index.js';

const [mebibytes = 256, rounds = 5] = process.argv.slice(2).map(Number);
const columns = 1024;
const rows = (mebibytes * 2 ** 20) / 8 / columns;
const many = 5000;

using folder = temporaryFolder();
const large = folder.join('large.h5');
const crowd = folder.join('crowd.h5');

const ours = (path: string): File<'sync'> => openFile(openWith(sec2, { name: path, mode: 'r' }));
const inMemory = (image: Uint8Array): File<'sync'> =>
  openFile(openWith(core, { mode: 'r+' }, { image }), { mode: 'r+' });

{
  const file = createFile(openWith(sec2, { name: large, mode: 'w' }));
  const data = new Float64Array(rows * columns).map((_, index) => index);
  file.root.createDataset('x', { data, shape: [rows, columns] });
  file.close();
  const second = createFile(openWith(sec2, { name: crowd, mode: 'w' }));
  for (let index = 0; index < many; index++)
    second.root.createDataset(`dataset ${index}`, { data: Float64Array.of(index, 1) });
  second.close();
}
const image = new Uint8Array(readFileSync(large));
const out = new Float64Array(rows * columns);
const row = rows >> 1;
const rowOf = (file: File<'sync'>) =>
  file.dataset('x', 'float64').read({ start: [row, 0], count: [1, columns] }).data[1]!;

/** One way to do a task; what it answers must be the same for all. */
type Way = () => number | Promise<number>;

const last = rows * columns - 1;
const tasks: Record<string, Record<string, Way>> = {
  [`open, read ${mebibytes} MiB into fresh memory`]: {
    'ours, sec2': () => closing(ours(large), (file) => file.dataset('x', 'float64').read().data[last]!),
    'ours, core over an image': () =>
      closing(inMemory(image), (file) => file.dataset('x', 'float64').read().data[last]!),
    h5wasm: () => theirs(large, (file) => ((file.get('x') as TheirDataset).value as Float64Array)[last]!),
    h5py: () => h5py('whole', large),
  },
  [`open, read ${mebibytes} MiB into given memory`]: {
    'ours, sec2': () =>
      closing(ours(large), (file) => file.dataset('x', 'float64').read({ out }).data[last]!),
    'ours, core over an image': () =>
      closing(inMemory(image), (file) => file.dataset('x', 'float64').read({ out }).data[last]!),
    h5wasm: () => theirs(large, (file) => ((file.get('x') as TheirDataset).value as Float64Array)[last]!),
    h5py: () => h5py('into', large),
  },
  [`open an image, view ${mebibytes} MiB`]: {
    'ours, core': () => closing(inMemory(image), (file) => file.dataset('x', 'float64').view().data[last]!),
    h5wasm: () => theirs(large, (file) => ((file.get('x') as TheirDataset).value as Float64Array)[last]!),
    h5py: () => h5py('image', large),
  },
  'open, read one row': {
    'ours, sec2': () => closing(ours(large), rowOf),
    h5wasm: () =>
      theirs(
        large,
        (file) => ((file.get('x') as TheirDataset).slice([[row, row + 1], []]) as Float64Array)[1]!,
      ),
    h5py: () => h5py('row', large),
  },
  'take a file image': {
    'ours, sec2': () => closing(ours(large), (file) => file.image().length),
    'ours, core over an image': () => closing(inMemory(image), (file) => file.image().length),
    'readFileSync, as h5wasm would': () => readFileSync(large).length,
    h5py: () => h5py('get_image', large),
  },
  [`create ${many} datasets`]: {
    'ours, memory': () => {
      const file = createFile(openWith(memoryDriver(), { mode: 'w' }));
      for (let index = 0; index < many; index++)
        file.root.createDataset(`dataset ${index}`, { data: Float64Array.of(index, 1) });
      file.close();
      return many;
    },
    h5wasm: async () => {
      using opened = await openH5wasm(folder.join('new.h5'), 'w');
      for (let index = 0; index < many; index++)
        opened.file.create_dataset({ name: `dataset ${index}`, data: Float64Array.of(index, 1) });
      return many;
    },
    h5py: () => h5py('create', folder.join('new.h5')),
  },
  [`open ${many} datasets, read their shapes`]: {
    'ours, sec2': () =>
      closing(ours(crowd), (file) => {
        const { root } = file;
        return root.keys().reduce((sum, name) => sum + root.dataset(name).shape![0]!, 0);
      }),
    h5wasm: () =>
      theirs(crowd, (file) =>
        file.keys().reduce((sum, name) => sum + (file.get(name) as TheirDataset).shape![0]!, 0),
      ),
    h5py: () => h5py('shapes', crowd),
  },
};

function closing(file: File<'sync'>, use: (file: File<'sync'>) => number): number {
  const answer = use(file);
  file.close();
  return answer;
}

async function theirs(
  path: string,
  use: (file: Awaited<ReturnType<typeof openH5wasm>>['file']) => number,
): Promise<number> {
  using opened = await openH5wasm(path, 'r');
  return use(opened.file);
}

/** One Python for all tasks, so that its start is not measured; it answers with the seconds it took. */
const script = `
import sys, time, h5py, numpy as np
last, row, columns, many = (int(v) for v in sys.argv[1:5])
out = None
def whole(path):
    with h5py.File(path, "r") as f: return f["x"][()].flat[last]
def into(path):
    global out
    with h5py.File(path, "r") as f:
        if out is None: out = np.empty(f["x"].shape)
        f["x"].read_direct(out); return out.flat[last]
def image(path):
    with h5py.File(path, "r", driver="core", backing_store=False) as f: return f["x"][()].flat[last]
def row_(path):
    with h5py.File(path, "r") as f: return f["x"][row][1]
def get_image(path):
    with h5py.File(path, "r") as f: return len(f.id.get_file_image())
def create(path):
    with h5py.File(path, "w") as f:
        for i in range(many): f.create_dataset("dataset %d" % i, data=np.array([i, 1.0]))
    return many
def shapes(path):
    with h5py.File(path, "r") as f: return sum(f[name].shape[0] for name in f)
tasks = dict(whole=whole, into=into, image=image, row=row_, get_image=get_image, create=create, shapes=shapes)
for line in sys.stdin:
    name, path = line.rstrip("\\n").split("\\t")
    begin = time.perf_counter(); answer = tasks[name](path)
    print(float(answer), time.perf_counter() - begin, flush=True)
`;
const interpreter = hasH5py
  ? spawn('/usr/bin/python3', ['-c', script, ...[last, row, columns, many].map(String)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
  : undefined;
const answers = interpreter && createInterface({ input: interpreter.stdout })[Symbol.asyncIterator]();
let pythonMilliseconds = 0;

async function h5py(task: string, path: string): Promise<number> {
  interpreter!.stdin.write(`${task}\t${path}\n`);
  const [answer, seconds] = (await answers!.next()).value!.split(' ').map(Number);
  pythonMilliseconds = seconds! * 1000;
  return answer!;
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;

// The pages of the files are in the system's cache before anybody is measured.
for (const path of [large, crowd]) closeSync(openSync(path, 'r'));
console.log(
  `Node ${process.version}, ${statSync(large).size} bytes, median of ${rounds} rounds after one to warm up, ms (times ours)`,
);
for (const [task, ways] of Object.entries(tasks)) {
  const names = Object.keys(ways).filter((name) => name !== 'h5py' || hasH5py);
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  const found = new Map<string, number>();
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const begin = performance.now();
      const answer = await ways[name]!();
      const elapsed = name === 'h5py' ? pythonMilliseconds : performance.now() - begin;
      if (round > 0) times.get(name)!.push(elapsed);
      found.set(name, answer);
    }
  }
  const exact = new Set(task === 'take a file image' ? [1] : found.values());
  if (exact.size !== 1) throw new Error(`${task}: not the same answers: ${JSON.stringify([...found])}`);
  console.log(`\n${task}`);
  const base = median(times.get(names[0]!)!);
  for (const name of names) {
    const time = median(times.get(name)!);
    console.log(`  ${name.padEnd(32)} ${time.toFixed(2).padStart(10)}   ${(time / base).toFixed(2)}`);
  }
}
interpreter?.stdin.end();
