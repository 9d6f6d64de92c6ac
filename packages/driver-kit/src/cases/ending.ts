import { type AccessOptions, checked, type DriverFile } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { claim } from '../claim.js';
import { type KitCase, unless } from '../kit-case.js';
import { faulty } from '../layers/faulty.js';
import { contentOf, five, ramp } from './samples.js';

/** C, A and E: closing, signals, errors. */
export const endingCases: readonly KitCase[] = [
  {
    id: 'close-twice',
    clauses: ['C1'],
    title: 'close may be repeated, by the checks and without them',
    level: 'must',
    async run(bench) {
      const file = await bench.reading(five);
      await file.close();
      await file.close();
      const bare = await bench.openBare(await bench.place(five), bench.facts.modes.has('r') ? 'r' : 'r+');
      await bare.close();
      await bare.close();
    },
  },
  {
    id: 'closed-refuses',
    clauses: ['C2'],
    title: 'after close every operation fails with IO_CLOSED',
    level: 'must',
    async run(bench) {
      const file = bench.facts.writing?.capabilities.write
        ? await bench.writing(five)
        : await bench.reading(five);
      await file.close();
      const target = new Uint8Array(2);
      const attempts: Record<string, () => unknown> = {
        size: async () => file.size(),
        read: async () => file.read(0, target),
        readMany: async () => file.readMany([{ position: 0, target }]),
        write: async () => file.write(0, target),
        truncate: async () => file.truncate(0),
        flush: async () => file.flush(),
        view: () => file.view(0, 1),
        lock: async () => file.lock('shared'),
        driverInfo: async () => file.driverInfo(),
      };
      for (const [op, attempt] of Object.entries(attempts)) await claim.fails(attempt, 'IO_CLOSED', op);
    },
  },
  {
    id: 'close-waits',
    clauses: ['C3', 'R7'],
    title: 'close waits for work in flight, which succeeds',
    level: 'must',
    skip: unless.async,
    async run(bench) {
      const file = await bench.reading(ramp(60_000));
      const done: string[] = [];
      const reads = [0, 1, 2].map(async (index) => {
        const target = new Uint8Array(20_000);
        claim.equal(await file.read(index * 20_000, target), 20_000, 'the count');
        claim.bytes(target, ramp(60_000).subarray(index * 20_000, (index + 1) * 20_000), 'the bytes');
        done.push('read');
      });
      const closing = Promise.resolve(file.close()).then(() => done.push('close'));
      await Promise.all([...reads, closing]);
      claim.equal(done.join(), 'read,read,read,close', 'the order');
    },
  },
  {
    id: 'close-waits-for-writes',
    clauses: ['C3', 'W7'],
    title: 'writes in flight when the file is closed are kept',
    level: 'must',
    skip: (facts) =>
      unless.async(facts) ?? unless.writes(facts) ?? unless.keeps(facts) ?? unless.mode('r', 'r+')(facts),
    async run(bench) {
      const place = await bench.place(five);
      const file = await bench.open(place, 'r+');
      const writes = [0, 1, 2, 3].map((index) => file.write(index * 1000, ramp(1000)));
      const closing = file.close();
      await Promise.all([...writes, closing]);
      const content = await contentOf(await bench.open(place, 'r'));
      for (const index of [0, 1, 2, 3]) {
        claim.bytes(content.subarray(index * 1000, (index + 1) * 1000), ramp(1000), `write ${index}`);
      }
    },
  },
  {
    id: 'signal-before',
    clauses: ['A1'],
    title: 'with an aborted signal nothing is done, and the reason arrives untouched',
    level: 'must',
    async run(bench) {
      const reason = { why: 'the user left' };
      const signal = AbortSignal.abort(reason);
      const file = await bench.reading(five);
      const target = new Uint8Array(2).fill(0xee);
      const caught = await claimReason(() => file.read(0, target, { signal }));
      claim.equal(caught, reason, 'what was thrown');
      claim.bytes(target, [0xee, 0xee], 'the target');
      if (unless.writes(bench.facts) !== undefined) return;
      const writing = await bench.writing(five);
      claim.equal(await claimReason(() => writing.write(0, target, { signal })), reason, 'what write threw');
      claim.bytes(await contentOf(writing), five, 'content');
    },
  },
  {
    id: 'signal-during',
    clauses: ['A2'],
    title: 'a signal that aborts during a call ends it with the reason, and spares the target',
    level: 'must',
    skip: unless.async,
    async run(bench) {
      const file = await bench.reading(ramp(50_000));
      const controller = new AbortController();
      const target = new Uint8Array(50_000).fill(0xee);
      const call = file.read(0, target, { signal: controller.signal });
      const reason = { why: 'enough' };
      controller.abort(reason);
      claim.equal(await claimReason(() => call), reason, 'what was thrown');
      const copy = target.slice();
      await file.close();
      claim.bytes(target, copy, 'the target after the call');
    },
  },
  {
    id: 'signal-stops-work',
    clauses: ['A3'],
    title: 'a file that declares signal hands it on and gives its work up',
    level: 'must',
    skip: ({ reading }) => (reading.capabilities.signal ? undefined : 'it does not declare signal'),
    async run(bench) {
      const bare = await bench.openBare(
        await bench.place(ramp(2_000_000)),
        bench.facts.modes.has('r') ? 'r' : 'r+',
      );
      const controller = new AbortController();
      const options: AccessOptions = { signal: controller.signal };
      const call = Promise.resolve(bare.read(0, new Uint8Array(2_000_000), options)).then(
        () => 'finished',
        () => 'given up',
      );
      controller.abort();
      claim.equal(await call, 'given up', 'the work');
    },
  },
  {
    id: 'errors-are-named',
    clauses: ['E1'],
    title: 'failures carry op, driver and target, and keep what was thrown',
    level: 'must',
    async run(bench) {
      const cause = new Error('made up');
      const bare = await bench.openBare(await bench.place(five), bench.facts.modes.has('r') ? 'r' : 'r+');
      const file = checked(faulty(bare as DriverFile, { op: 'read', error: () => cause }));
      const error = await claim.fails(async () => file.read(1, new Uint8Array(2)), 'IO_UNEXPECTED', 'read');
      claim.equal(error.cause, cause, 'the cause');
      if (!isTerraneError(error)) return;
      claim.equal(error.op, 'read', 'op');
      claim.equal(error.driver, bare.manifest.driver, 'driver');
      claim.equal(error.target, bare.manifest.target, 'target');
      claim.equal(error.offset, 1, 'offset');
      const missing = await claim.fails(
        async () => bench.open(await bench.place(undefined), bench.facts.modes.has('r') ? 'r' : 'r+'),
        'IO_NOT_FOUND',
        'open',
      );
      claim.equal(
        (missing as { driver?: string }).driver,
        bench.target.driver.name,
        'driver of a failed open',
      );
    },
  },
];

async function claimReason(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt();
  } catch (reason) {
    return reason;
  }
  return undefined;
}
