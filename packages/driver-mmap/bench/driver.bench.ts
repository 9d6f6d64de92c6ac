import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CheckedFile, openWith } from '@terrane/driver';
import { mmap } from '@terrane/driver-mmap';

/*
 * The mapped driver beside bare positional reads and writes of node:fs: medians of several rounds, and ratios.
 * Run: pnpm --filter @terrane/driver-mmap bench
 */
const rounds = 9;
const fileBytes = 256 * 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'terrane-bench-'));
const path = join(folder, 'file');

function median(run: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[rounds >> 1]!;
}

function report(
  what: string,
  base: readonly [string, number],
  ...others: (readonly [string, number])[]
): void {
  console.log(what);
  for (const [name, time] of [base, ...others]) {
    console.log(`  ${name.padEnd(22)} ${time.toFixed(2).padStart(9)} ms  ${(time / base[1]).toFixed(2)}`);
  }
}

const positions = Array.from(
  { length: 20_000 },
  (_, index) => ((index * 7_919_333) % (fileBytes / 4096 - 1)) * 4096,
);
const target = new Uint8Array(4096);
const reads = (file: CheckedFile<'sync'>) => () => {
  for (const position of positions) file.read(position, target);
};
const sums = (file: CheckedFile<'sync'>) => () => {
  using lease = file.view(0, fileBytes);
  const words = new Float64Array(lease!.bytes.buffer, lease!.bytes.byteOffset, fileBytes / 8);
  let sum = 0;
  for (let index = 0; index < words.length; index += 1) sum += words[index]!;
  if (Number.isNaN(sum)) throw new Error('no number');
};
const readAndSum = (read: (target: Uint8Array) => unknown) => () => {
  const words = new Float64Array(fileBytes / 8);
  read(new Uint8Array(words.buffer));
  let sum = 0;
  for (let index = 0; index < words.length; index += 1) sum += words[index]!;
  if (Number.isNaN(sum)) throw new Error('no number');
};
const piece = new Uint8Array(4096).fill(1);
const append =
  (options: Record<string, unknown> = {}) =>
  () => {
    using file = openWith(mmap, { name: join(folder, 'grown'), mode: 'w', options });
    for (let index = 0; index < 5000; index++) file.write(index * piece.length, piece);
  };
const appendBare = () => {
  const fd = openSync(join(folder, 'grown'), 'w');
  for (let index = 0; index < 5000; index++) writeSync(fd, piece, 0, piece.length, index * piece.length);
  closeSync(fd);
};

try {
  const made = openSync(path, 'w');
  for (let at = 0; at < fileBytes; at += 2 ** 24)
    writeSync(made, new Uint8Array(2 ** 24).fill(1), 0, 2 ** 24, at);
  closeSync(made);
  const fd = openSync(path, 'r');
  const bare = () => {
    for (const position of positions) readSync(fd, target, 0, 4096, position);
  };
  using mapped = openWith(mmap, { name: path });
  report(
    '20 000 reads of 4 KiB at random, 256 MiB, cached',
    ['fs.readSync', median(bare)],
    ['mmap', median(reads(mapped))],
  );
  report(
    'the sum of 256 MiB of float64, cached',
    ['fs, read and sum', median(readAndSum((bytes) => readSync(fd, bytes, 0, bytes.length, 0)))],
    ['mmap, read and sum', median(readAndSum((bytes) => mapped.read(0, bytes)))],
    ['mmap, sum of a view', median(sums(mapped))],
  );
  report(
    '5000 appends of 4 KiB',
    ['fs.writeSync', median(appendBare)],
    ['mmap', median(append())],
    ['mmap, sparse', median(append({ sparse: true }))],
  );
  closeSync(fd);
} finally {
  rmSync(folder, { recursive: true });
}
