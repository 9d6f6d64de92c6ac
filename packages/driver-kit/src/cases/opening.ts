import { type OpenMode, openWith } from '@terrane/driver';
import { claim } from '../claim.js';
import { type KitCase, unless, unlessAll } from '../kit-case.js';
import { contentOf, five } from './samples.js';

/** O: how files come to be open. */
export const openingCases: readonly KitCase[] = [
  {
    id: 'open-answers-in-its-mode',
    clauses: ['O1'],
    title: 'open answers a file of the mode the driver says',
    level: 'must',
    async run(bench) {
      const { spec, resources } = await bench.place(five);
      const { driver } = bench.target;
      const mode = bench.facts.modes.has('r') ? 'r' : 'r+';
      const answer = driver.open({ ...spec, driver: driver.name, mode }, resources ?? {});
      claim.equal(
        typeof (answer as { then?: unknown }).then === 'function',
        driver.mode === 'async',
        'a promise',
      );
      const file = await answer;
      claim.equal(file.mode, driver.mode, "the file's mode");
      const size = file.size();
      claim.equal(typeof size === 'number', driver.mode === 'sync', 'size answers at once');
      await size;
      await file.close();
    },
  },
  {
    id: 'open-missing',
    clauses: ['O2'],
    title: 'r and r+ of what is not there fail with IO_NOT_FOUND and create nothing',
    level: 'must',
    async run(bench) {
      const place = await bench.place(undefined);
      const modes = (['r', 'r+'] as const).filter((mode) => bench.facts.modes.has(mode));
      for (const mode of [...modes, ...modes]) {
        await claim.fails(() => bench.open(place, mode), 'IO_NOT_FOUND', mode);
      }
    },
  },
  {
    id: 'open-a-keeps',
    clauses: ['O3'],
    title: 'a opens what is there as it is',
    level: 'must',
    skip: unless.mode('a'),
    async run(bench) {
      claim.bytes(await contentOf(await bench.open(await bench.place(five), 'a')), five, 'content');
    },
  },
  {
    id: 'open-a-creates',
    clauses: ['O3'],
    title: 'a creates what is not there',
    level: 'must',
    skip: unless.mode('a'),
    async run(bench) {
      const file = await bench.open(await bench.place(undefined), 'a');
      claim.equal(await file.size(), 0, 'size');
      claim.equal(file.manifest.capabilities.write, true, 'it can be written');
    },
  },
  {
    id: 'open-w-empties',
    clauses: ['O4'],
    title: 'w starts with no bytes, whether or not there was something',
    level: 'must',
    skip: unless.mode('w'),
    async run(bench) {
      for (const bytes of [five, undefined]) {
        const file = await bench.open(await bench.place(bytes), 'w');
        claim.equal(await file.size(), 0, 'size');
      }
    },
  },
  {
    id: 'open-w-exclusive',
    clauses: ['O5'],
    title: 'w- creates, and fails with IO_EXISTS when there is something',
    level: 'must',
    skip: unless.mode('w-'),
    async run(bench) {
      claim.equal(await (await bench.open(await bench.place(undefined), 'w-')).size(), 0, 'size');
      const place = await bench.place(five);
      await claim.fails(() => bench.open(place, 'w-'), 'IO_EXISTS', 'w- of what is there');
      if (!bench.facts.modes.has('r')) return;
      claim.bytes(await contentOf(await bench.open(place, 'r')), five, 'what was there');
    },
  },
  {
    id: 'open-spec-is-json',
    clauses: ['O6'],
    title: 'the spec opens the same bytes after a round trip through JSON',
    level: 'must',
    async run(bench) {
      const place = await bench.place(five);
      const spec = JSON.parse(JSON.stringify(place.spec)) as typeof place.spec;
      const mode = bench.facts.modes.has('r') ? 'r' : 'r+';
      claim.bytes(await contentOf(await bench.open({ ...place, spec }, mode)), five, 'content');
    },
  },
  {
    id: 'open-unknown-option',
    clauses: ['O7'],
    title: 'undeclared options and resources are refused',
    level: 'must',
    async run(bench) {
      const { spec, resources } = await bench.place(five);
      const { driver } = bench.target;
      const strange = { ...spec, options: { ...spec.options, noSuchOption: 1 } };
      await claim.fails(async () => openWith(driver, strange, resources), TypeError, 'an option');
      const more = { ...resources, noSuchResource: 1 };
      await claim.fails(async () => openWith(driver, spec, more), TypeError, 'a resource');
    },
  },
  {
    id: 'open-unknown-mode',
    clauses: ['O8'],
    title: 'unknown modes are refused',
    level: 'must',
    async run(bench) {
      const place = await bench.place(five);
      for (const mode of ['x', 'rw', '', 'toString']) {
        await claim.fails(() => bench.open(place, mode as OpenMode), RangeError, `mode "${mode}"`);
      }
    },
  },
  {
    id: 'open-independent',
    clauses: ['O9', 'C1'],
    title: 'files opened side by side are independent, also when one of them is closed',
    level: 'must',
    async run(bench) {
      const [one, two] = [await bench.reading(five), await bench.reading(Uint8Array.of(9, 8, 7))];
      claim.bytes(await contentOf(one), five, 'the first');
      claim.bytes(await contentOf(two), [9, 8, 7], 'the second');
      await one.close();
      claim.bytes(await contentOf(two), [9, 8, 7], 'the second, once the first is closed');
    },
  },
  {
    id: 'open-twice',
    clauses: ['O9', 'C1'],
    title: 'one place can be read by two openers, and outlives either',
    level: 'must',
    skip: unlessAll(unless.mode('r')),
    async run(bench) {
      const place = await bench.place(five);
      const [one, two] = [await bench.open(place, 'r'), await bench.open(place, 'r')];
      await one.close();
      claim.bytes(await contentOf(two), five, 'the second opener');
    },
  },
];
