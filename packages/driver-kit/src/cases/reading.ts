import { checked } from '@terrane/driver';
import { claim } from '../claim.js';
import { type KitCase, unless, unlessAll } from '../kit-case.js';
import { shortReads } from '../layers/short-reads.js';
import { contentOf, five, ramp, readAt } from './samples.js';

/** One row of the table of reads at and past the end, over the five bytes. */
function atEnd(id: string, clause: string, position: number, length: number, expected: number[]): KitCase {
  const where = `${length} byte(s) at ${position} of five`;
  return {
    id,
    clauses: [clause],
    title: `${where}: ${expected.length > 0 ? expected.join(' ') : 'none'}`,
    level: 'must',
    async run(bench) {
      const { count, target } = await readAt(await bench.reading(five), position, length);
      claim.equal(count, expected.length, 'the count');
      claim.bytes(target.subarray(0, count), expected, 'the bytes');
      claim.that(
        target.subarray(count).every((byte) => byte === 0xee),
        'the rest of the target is left alone',
      );
    },
  };
}

/** R and S: reading and size. */
export const readingCases: readonly KitCase[] = [
  atEnd('read-inside', 'R1', 1, 2, [2, 3]),
  atEnd('read-whole', 'R1', 0, 5, [1, 2, 3, 4, 5]),
  atEnd('read-clamps-at-end', 'R2', 3, 6, [4, 5]),
  atEnd('read-clamps-from-start', 'R2', 0, 9, [1, 2, 3, 4, 5]),
  atEnd('read-at-end', 'R3', 5, 3, []),
  atEnd('read-past-end', 'R3', 9, 4, []),
  atEnd('read-far-past-end', 'R3', 2 ** 52, 4, []),
  atEnd('read-nothing', 'R4', 2, 0, []),
  atEnd('read-nothing-past-end', 'R4', 99, 0, []),
  {
    id: 'read-empty-file',
    clauses: ['R3', 'S1'],
    title: 'a file of no bytes opens, has size 0 and reads nothing',
    level: 'must',
    async run(bench) {
      const file = await bench.reading(new Uint8Array(0));
      claim.equal(await file.size(), 0, 'size');
      claim.equal((await readAt(file, 0, 4)).count, 0, 'the count');
    },
  },
  {
    id: 'read-inside-target',
    clauses: ['R5'],
    title: 'a target that is part of a larger buffer is filled, and nothing around it',
    level: 'must',
    async run(bench) {
      const file = await bench.reading(ramp(5000));
      const around = new Uint8Array(4200).fill(0xee);
      claim.equal(await file.read(11, around.subarray(101, 4101)), 4000, 'the count');
      claim.bytes(around.subarray(101, 4101), ramp(5000).subarray(11, 4011), 'the bytes');
      const outside = [...around.subarray(0, 101), ...around.subarray(4101)];
      claim.that(
        outside.every((byte) => byte === 0xee),
        'what lies around the target',
      );
    },
  },
  {
    id: 'read-in-any-order',
    clauses: ['R6'],
    title: 'reads in any order, repeated and overlapping, do not influence each other',
    level: 'must',
    async run(bench) {
      const bytes = ramp(20_000);
      const file = await bench.reading(bytes);
      for (const [position, length] of [
        [10_000, 3000],
        [0, 10],
        [9999, 5],
        [10_000, 3000],
        [19_990, 100],
        [0, 20_000],
      ] as const) {
        const { count, target } = await readAt(file, position, length);
        claim.bytes(target.subarray(0, count), bytes.subarray(position, position + length), `at ${position}`);
      }
    },
  },
  {
    id: 'read-at-once',
    clauses: ['R7'],
    title: 'reads under way at the same time do not influence each other',
    level: 'must',
    skip: unless.async,
    async run(bench) {
      const bytes = ramp(50_000);
      const file = await bench.reading(bytes);
      const starts = Array.from({ length: 24 }, (_, index) => (index * 7919) % 50_000);
      const reads = await Promise.all(starts.map((start) => readAt(file, start, 4000)));
      reads.forEach(({ count, target }, index) => {
        const start = starts[index]!;
        claim.bytes(target.subarray(0, count), bytes.subarray(start, start + 4000), `at ${start}`);
      });
    },
  },
  {
    id: 'read-beyond-4-gib',
    clauses: ['R8'],
    title: 'positions beyond 2^31 and 2^32 are exact',
    level: 'must',
    skip: unlessAll(unless.large, unless.writes, unless.truncates),
    async run(bench) {
      const file = await bench.writing();
      await file.truncate(5 * 2 ** 30);
      claim.equal(await file.size(), 5 * 2 ** 30, 'size');
      for (const [index, position] of [2 ** 31 - 3, 2 ** 31 + 5, 2 ** 32 - 3, 2 ** 32 + 9].entries()) {
        await file.write(
          position,
          ramp(8).map((byte) => byte + index),
        );
      }
      for (const [index, position] of [2 ** 31 - 3, 2 ** 31 + 5, 2 ** 32 - 3, 2 ** 32 + 9].entries()) {
        const { target } = await readAt(file, position, 8);
        claim.bytes(
          target,
          ramp(8).map((byte) => byte + index),
          `at ${position}`,
        );
      }
      claim.bytes((await readAt(file, 5, 16)).target, new Uint8Array(16), 'where 2^32 would wrap to');
    },
  },
  {
    id: 'read-after-short-counts',
    clauses: ['R9'],
    title: 'answers that are short are read on',
    level: 'must',
    async run(bench) {
      const bytes = ramp(3000);
      const bare = await bench.openBare(await bench.place(bytes), bench.facts.modes.has('r') ? 'r' : 'r+');
      const file = checked(shortReads(bare, 7));
      const { count, target } = await readAt(file, 100, 5000);
      claim.equal(count, 2900, 'the count');
      claim.bytes(target.subarray(0, count), bytes.subarray(100), 'the bytes');
    },
  },
  {
    id: 'read-misuse',
    clauses: ['R10'],
    title: 'wrong positions and targets are plain errors',
    level: 'must',
    async run(bench) {
      const file = await bench.reading(five);
      const target = new Uint8Array(1);
      for (const position of [-1, 0.5, Number.NaN, 2 ** 53]) {
        await claim.fails(async () => file.read(position, target), RangeError, `position ${position}`);
      }
      await claim.fails(async () => file.read('0' as never, target), TypeError, 'a position of text');
      await claim.fails(async () => file.read(0, [] as never), TypeError, 'an array for a target');
      claim.bytes(await contentOf(file), five, 'the content afterwards');
    },
  },
  {
    id: 'size-is-what-is-read',
    clauses: ['S1'],
    title: 'size is the count of bytes that can be read',
    level: 'must',
    async run(bench) {
      for (const length of [1, 4095, 4096, 4097, 100_000]) {
        const file = await bench.reading(ramp(length));
        claim.equal(await file.size(), length, 'size');
        claim.equal((await readAt(file, 0, length + 10)).count, length, 'what is read');
        claim.equal((await readAt(file, length - 1, 10)).count, 1, 'the last byte');
      }
    },
  },
  {
    id: 'read-many',
    clauses: ['N1'],
    title: 'several reads answer what single reads answer, in the order asked',
    level: 'must',
    async run(bench) {
      const bytes = ramp(9000);
      const file = await bench.reading(bytes);
      const ranges = [
        [5000, 100],
        [0, 50],
        [50, 50],
        [30, 40],
        [8990, 50],
        [9000, 5],
        [20_000, 5],
        [7, 0],
      ] as const;
      const requests = ranges.map(([position, length]) => ({
        position,
        target: new Uint8Array(length).fill(0xee),
      }));
      const counts = await file.readMany(requests);
      claim.equal(counts.length, ranges.length, 'how many counts');
      for (const [index, [position, length]] of ranges.entries()) {
        const single = await readAt(file, position, length);
        claim.equal(counts[index], single.count, `the count of range ${index}`);
        claim.bytes(requests[index]!.target, single.target, `range ${index}`);
      }
      claim.equal((await file.readMany([])).length, 0, 'counts of no requests');
    },
  },
];
