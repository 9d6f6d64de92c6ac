import { claim } from '../claim.js';
import { type KitCase, unless, unlessAll } from '../kit-case.js';
import { five, ramp } from './samples.js';

/** V and L: views, locks, and what one file over several members says of itself. */
export const holdingCases: readonly KitCase[] = [
  {
    id: 'view-is-what-is-read',
    clauses: ['V1'],
    title: "a view is the file's bytes, clamped at its end",
    level: 'must',
    skip: unless.views,
    async run(bench) {
      const bytes = ramp(10_000);
      const file = await bench.reading(bytes);
      for (const [position, length] of [
        [0, 10],
        [4090, 100],
        [9990, 100],
        [1, 9999],
        [10_000, 4],
        [50_000, 4],
      ] as const) {
        const lease = file.view(position, length);
        if (lease)
          claim.bytes(lease.bytes, bytes.subarray(position, position + length), `${length} at ${position}`);
        lease?.release();
      }
    },
  },
  {
    id: 'view-shows-writes',
    clauses: ['V2'],
    title: 'a view shows what is written since, or says that it ended; also when the file grew',
    level: 'must',
    skip: unlessAll(unless.views, unless.writes),
    async run(bench) {
      const file = await bench.writing(ramp(1000));
      const expected = ramp(1000);
      const lease = file.view(0, 1000);
      const look = (what: string) => {
        let seen: Uint8Array | undefined;
        try {
          seen = lease?.bytes;
        } catch (error) {
          claim.equal((error as { code?: string }).code, 'IO_LEASE_ENDED', what);
        }
        if (seen) claim.bytes(seen, expected, what);
      };
      await file.write(10, five);
      expected.set(five, 10);
      look('after a write inside');
      await file.write(1000, new Uint8Array(2_000_000));
      await file.write(500, five);
      expected.set(five, 500);
      look('after growth and a write');
    },
  },
  {
    id: 'view-after-truncate',
    clauses: ['V2'],
    title: 'a view of what was cut off ends, and does not show what comes in its place',
    level: 'must',
    skip: unlessAll(unless.views, unless.writes, unless.truncates),
    async run(bench) {
      const file = await bench.writing(ramp(9000));
      const lease = file.view(8000, 1000);
      await file.truncate(100);
      if (lease) await claim.fails(() => lease.bytes, 'IO_LEASE_ENDED', 'the view after the cut');
    },
  },
  {
    id: 'view-ends',
    clauses: ['V3'],
    title: 'a view ends with release and with close',
    level: 'must',
    skip: unless.views,
    async run(bench) {
      const file = await bench.reading(ramp(9000));
      const [released, closed] = [file.view(0, 10), file.view(0, 10)];
      released?.release();
      released?.release();
      if (released) await claim.fails(() => released.bytes, 'IO_LEASE_ENDED', 'after release');
      await file.close();
      if (closed) await claim.fails(() => closed.bytes, 'IO_LEASE_ENDED', 'after close');
      closed?.release();
    },
  },
  {
    id: 'view-refused',
    clauses: ['V4'],
    title: 'a file that does not declare view refuses it',
    level: 'must',
    skip: ({ reading }) => (reading.capabilities.view ? 'it has views' : undefined),
    async run(bench) {
      const file = await bench.reading(five);
      await claim.fails(() => file.view(0, 1), 'IO_UNSUPPORTED', 'view');
    },
  },
  {
    id: 'lock-excludes',
    clauses: ['L1'],
    title: "an exclusive lock keeps other openers' locks out; shared ones suffer each other",
    level: 'must',
    skip: unless.locks,
    async run(bench) {
      const mode = bench.facts.writing?.capabilities.lock ? 'r+' : 'r';
      const place = await bench.place(five);
      const [one, two] = [await bench.open(place, mode), await bench.open(place, mode)];
      const exclusive = await one.lock('exclusive');
      claim.equal(exclusive.kind, 'exclusive', 'its kind');
      await claim.fails(async () => two.lock('shared'), 'IO_LOCKED', 'a shared lock beside it');
      await claim.fails(async () => two.lock('exclusive'), 'IO_LOCKED', 'an exclusive lock beside it');
      exclusive.release();
      const [first, second] = [await one.lock('shared'), await two.lock('shared')];
      await claim.fails(
        async () => two.lock('exclusive'),
        'IO_LOCKED',
        'an exclusive lock beside a shared one',
      );
      first.release();
      second.release();
    },
  },
  {
    id: 'lock-ends',
    clauses: ['L2'],
    title: 'a lock ends with release, which may be repeated, and with close',
    level: 'must',
    skip: unless.locks,
    async run(bench) {
      const mode = bench.facts.writing?.capabilities.lock ? 'r+' : 'r';
      const place = await bench.place(five);
      const [one, two] = [await bench.open(place, mode), await bench.open(place, mode)];
      const first = await one.lock('exclusive');
      first.release();
      first.release();
      const second = await two.lock('exclusive');
      first.release();
      await claim.fails(
        async () => one.lock('shared'),
        'IO_LOCKED',
        "while the second opener's lock is held",
      );
      second.release();
      await two.lock('exclusive');
      await two.close();
      (await one.lock('exclusive')).release();
    },
  },
  {
    id: 'lock-refused',
    clauses: ['L3'],
    title: 'a file that does not declare lock refuses it',
    level: 'must',
    skip: ({ reading }) => (reading.capabilities.lock ? 'it has locks' : undefined),
    async run(bench) {
      const file = await bench.reading(five);
      await claim.fails(async () => file.lock('shared'), 'IO_UNSUPPORTED', 'lock');
    },
  },
  {
    id: 'driver-info',
    clauses: ['D1'],
    title: 'a file over several members says how it is opened again; others refuse',
    level: 'must',
    async run(bench) {
      const file = await bench.reading(five);
      if (!file.manifest.capabilities.driverInfo) {
        await claim.fails(async () => file.driverInfo(), 'IO_UNSUPPORTED', 'driverInfo');
        return;
      }
      const { id, bytes } = await file.driverInfo();
      claim.equal(id.length, 8, 'the length of its name');
      claim.that(bytes.length > 0, 'it has bytes');
    },
  },
];
