import { claim } from '../claim.js';
import { type KitCase, unless, unlessAll } from '../kit-case.js';
import { contentOf, five, ramp, readAt } from './samples.js';

/** W and F: writing, truncating, flushing. */
export const writingCases: readonly KitCase[] = [
  {
    id: 'write-then-read',
    clauses: ['W1', 'S1'],
    title: 'what was written is what is read, and size follows at once',
    level: 'must',
    skip: unless.writes,
    async run(bench) {
      const file = await bench.writing(five);
      await file.write(3, Uint8Array.of(40, 50, 60, 70));
      claim.equal(await file.size(), 7, 'size');
      claim.bytes(await contentOf(file), [1, 2, 3, 40, 50, 60, 70], 'content');
      const large = ramp(300_000);
      await file.write(7, large);
      claim.equal(await file.size(), 300_007, 'size');
      claim.bytes((await readAt(file, 7, 300_000)).target, large, 'a large write');
    },
  },
  {
    id: 'write-after-early-read',
    clauses: ['W1', 'R7'],
    title: 'a read that was under way before a write does not hide the write from a later read',
    level: 'must',
    skip: unlessAll(unless.writes, unless.async),
    async run(bench) {
      const file = await bench.writing(ramp(100_000));
      for (const position of [0, 50_000, 99_000]) {
        const early = readAt(file, position, 500);
        const writing = file.write(position, new Uint8Array(500).fill(42));
        await writing;
        const { target } = await readAt(file, position, 500);
        await early;
        claim.bytes(target, new Uint8Array(500).fill(42), `at ${position}`);
      }
    },
  },
  {
    id: 'write-gap',
    clauses: ['W2'],
    title: 'a gap between the old end and the position reads as zeros',
    level: 'must',
    skip: unless.writes,
    async run(bench) {
      const file = await bench.writing(five);
      await file.write(9, Uint8Array.of(10));
      claim.bytes(await contentOf(file), [1, 2, 3, 4, 5, 0, 0, 0, 0, 10], 'content');
      await file.write(100_000, Uint8Array.of(7));
      const expected = new Uint8Array(100_001);
      expected.set([1, 2, 3, 4, 5, 0, 0, 0, 0, 10]);
      expected[100_000] = 7;
      claim.bytes(await contentOf(file), expected, 'content with a wide gap');
    },
  },
  {
    id: 'write-inside',
    clauses: ['W3'],
    title: 'the bytes around what is written do not change',
    level: 'must',
    skip: unless.writes,
    async run(bench) {
      const expected = ramp(10_000);
      const file = await bench.writing(expected);
      for (const [position, length] of [
        [4090, 12],
        [0, 1],
        [9999, 1],
        [512, 1024],
        [4096, 4096],
      ] as const) {
        const source = new Uint8Array(length).fill(length & 255);
        await file.write(position, source);
        expected.set(source, position);
        claim.bytes(await contentOf(file), expected, `after ${length} bytes at ${position}`);
      }
      claim.equal(await file.size(), 10_000, 'size');
    },
  },
  {
    id: 'write-source-is-the-callers',
    clauses: ['W4'],
    title: 'the source may be changed once the call is over, and is not changed by it',
    level: 'must',
    skip: unless.writes,
    async run(bench) {
      const file = await bench.writing(five);
      const whole = ramp(100);
      const source = whole.subarray(10, 20);
      await file.write(0, source);
      claim.bytes(whole, ramp(100), 'the source');
      source.fill(0);
      claim.bytes(await contentOf(file), ramp(100).subarray(10, 20), 'content');
    },
  },
  {
    id: 'write-nothing',
    clauses: ['W5'],
    title: 'a source without length changes nothing, not even past the end',
    level: 'must',
    skip: unless.writes,
    async run(bench) {
      const file = await bench.writing(five);
      for (const position of [0, 5, 100]) await file.write(position, new Uint8Array(0));
      claim.bytes(await contentOf(file), five, 'content');
    },
  },
  {
    id: 'truncate',
    clauses: ['W6', 'S1'],
    title: 'what is cut is gone, and what is gained reads as zeros',
    level: 'must',
    skip: unlessAll(unless.writes, unless.truncates),
    async run(bench) {
      const file = await bench.writing(five);
      await file.truncate(2);
      claim.bytes(await contentOf(file), [1, 2], 'cut');
      await file.truncate(4);
      claim.bytes(await contentOf(file), [1, 2, 0, 0], 'gained by truncate');
      await file.write(3, Uint8Array.of(9));
      await file.truncate(1);
      await file.write(4, Uint8Array.of(8));
      claim.bytes(await contentOf(file), [1, 0, 0, 0, 8], 'gained by a write');
      await file.truncate(0);
      claim.equal(await file.size(), 0, 'size');
      await file.truncate(70_000);
      claim.bytes(await contentOf(file), new Uint8Array(70_000), 'gained from nothing');
    },
  },
  {
    id: 'write-is-kept',
    clauses: ['W7'],
    title: 'what was written is there when the file is closed and opened again',
    level: 'must',
    skip: unlessAll(unless.writes, unless.keeps, unless.mode('r', 'r+')),
    async run(bench) {
      const place = await bench.place(five);
      const file = await bench.open(place, 'r+');
      await file.write(4, ramp(5000));
      await file.close();
      const expected = new Uint8Array(5004);
      expected.set(five);
      expected.set(ramp(5000), 4);
      claim.bytes(await contentOf(await bench.open(place, 'r')), expected, 'content');
    },
  },
  {
    id: 'truncate-is-kept',
    clauses: ['W7'],
    title: 'a size that was set is there when the file is closed and opened again',
    level: 'must',
    skip: unlessAll(unless.writes, unless.truncates, unless.keeps, unless.mode('r', 'r+')),
    async run(bench) {
      for (const size of [2, 0, 9]) {
        const place = await bench.place(five);
        const file = await bench.open(place, 'r+');
        await file.truncate(size);
        await file.close();
        const expected = new Uint8Array(size);
        expected.set(five.subarray(0, size));
        claim.bytes(await contentOf(await bench.open(place, 'r')), expected, `content of ${size}`);
      }
    },
  },
  {
    id: 'created-is-kept',
    clauses: ['W7'],
    title: 'a file that was created is there, and only what was written to it',
    level: 'must',
    skip: unlessAll(unless.writes, unless.keeps, unless.mode('r', 'w')),
    async run(bench) {
      for (const before of [undefined, ramp(9000)]) {
        const place = await bench.place(before);
        const file = await bench.open(place, 'w');
        await file.write(2, five);
        await file.close();
        claim.bytes(await contentOf(await bench.open(place, 'r')), [0, 0, 1, 2, 3, 4, 5], 'content');
      }
    },
  },
  {
    id: 'write-refused',
    clauses: ['W8', 'M4'],
    title: 'a file that cannot be written says so and stays as it is',
    level: 'must',
    skip: unless.mode('r'),
    async run(bench) {
      const file = await bench.reading(five);
      await claim.fails(async () => file.write(0, Uint8Array.of(9)), 'IO_READ_ONLY', 'write');
      await claim.fails(async () => file.write(0, new Uint8Array(0)), 'IO_READ_ONLY', 'a write of nothing');
      await claim.fails(async () => file.truncate(0), 'IO_READ_ONLY', 'truncate');
      claim.bytes(await contentOf(file), five, 'content');
    },
  },
  {
    id: 'truncate-refused',
    clauses: ['W9'],
    title: 'a file that does not declare truncate refuses it',
    level: 'must',
    skip: (facts) =>
      unless.writes(facts) ?? (facts.writing?.capabilities.truncate ? 'it truncates' : undefined),
    async run(bench) {
      const file = await bench.writing(five);
      await claim.fails(async () => file.truncate(1), 'IO_UNSUPPORTED', 'truncate');
      claim.bytes(await contentOf(file), five, 'content');
    },
  },
  {
    id: 'flush-shows',
    clauses: ['F1'],
    title: 'after flush a new opener sees what was written',
    level: 'must',
    skip: unlessAll(unless.writes, unless.flushes, unless.keeps, unless.mode('r', 'r+')),
    async run(bench) {
      const place = await bench.place(five);
      const file = await bench.open(place, 'r+');
      for (const round of [1, 2, 3, 4]) {
        const source = new Uint8Array(10_000).fill(round);
        await file.write(round * 10, source);
        await file.flush();
        const other = await bench.open(place, 'r');
        claim.bytes((await readAt(other, round * 10, 10_000)).target, source, `round ${round}`);
        await other.close();
      }
      await file.flush();
    },
  },
  {
    id: 'flush-without-change',
    clauses: ['F1', 'F2'],
    title: 'flushing is harmless when there is nothing to flush',
    level: 'must',
    async run(bench) {
      const reading = await bench.reading(five);
      if (!reading.manifest.capabilities.write) await reading.flush();
      if (unless.flushes(bench.facts) !== undefined) return;
      const file = await bench.writing(five);
      await file.flush();
      await file.flush();
      claim.bytes(await contentOf(file), five, 'content');
    },
  },
  {
    id: 'flush-refused',
    clauses: ['F2'],
    title: 'a writable file that does not declare flush refuses it',
    level: 'must',
    skip: (facts) => unless.writes(facts) ?? (facts.writing?.capabilities.flush ? 'it flushes' : undefined),
    async run(bench) {
      const file = await bench.writing(five);
      await claim.fails(async () => file.flush(), 'IO_UNSUPPORTED', 'flush');
    },
  },
];
