import { type CheckedFile, memoryDriver, openWith } from '@terrane/driver';
import { claim, Finding } from '../claim.js';
import type { Bench, KitCase } from '../kit-case.js';
import { makeRandom, type Random } from '../random.js';
import { contentOf } from './samples.js';

/** One step of a random run; plain data, so that a failing run can be shortened and shown. */
interface Step {
  readonly op: 'read' | 'write' | 'truncate' | 'flush' | 'reopen' | 'view' | 'readMany';
  readonly position: number;
  readonly length: number;
}

const stepsPerRun = 40;
const span = 30_000;

/** Random sequences of operations, compared step by step with the in-memory reference. */
export const differentialCases: readonly KitCase[] = [
  {
    id: 'differential',
    clauses: ['R1', 'R2', 'R3', 'S1', 'W1', 'W2', 'W3', 'W6', 'W7', 'V1', 'N1'],
    title: `random runs of ${stepsPerRun} steps do what the in-memory reference does`,
    level: 'must',
    async run(bench) {
      const { randomRuns = 8 } = bench.target;
      for (let seed = 1; seed <= randomRuns; seed++) {
        const random = makeRandom(seed);
        const start = random.bytes(random.below(span));
        const steps = Array.from({ length: stepsPerRun }, () => randomStep(random, bench));
        const finding = await compare(bench, start, steps);
        if (finding) throw await shortest(bench, seed, start, steps, finding);
      }
    },
  },
];

function randomStep(random: Random, { facts }: Bench): Step {
  const has = facts.writing?.capabilities;
  const ops: Step['op'][] = ['read', 'read', 'readMany'];
  if (facts.reading.capabilities.view) ops.push('view');
  if (has?.write) ops.push('write', 'write', 'write');
  if (has?.truncate) ops.push('truncate');
  if (has?.flush) ops.push('flush');
  if (has?.write && facts.keeps && facts.modes.has('r+')) ops.push('reopen');
  // Some ranges are tiny and some long; some begin where pages do.
  const length = random.below(random.below(3) === 0 ? 9000 : 40);
  const position = random.below(4) === 0 ? random.below(8) * 4096 : random.below(span);
  return { op: ops[random.below(ops.length)]!, position, length };
}

/** Runs the steps on both sides; answers the first difference. */
async function compare(
  bench: Bench,
  start: Uint8Array,
  steps: readonly Step[],
): Promise<Finding | undefined> {
  const mode = bench.facts.writing ? (bench.facts.modes.has('r+') ? 'r+' : 'a') : 'r';
  const place = await bench.place(start);
  const reference = openWith(memoryDriver({ a: start }), { name: 'a', mode: 'r+' });
  let file = await bench.open(place, mode);
  try {
    for (const [index, step] of steps.entries()) {
      const what = `step ${index}, ${step.op} of ${step.length} at ${step.position}`;
      if (step.op === 'reopen') {
        await file.close();
        file = await bench.open(place, mode);
      } else {
        await both(file, reference, step, index, what);
      }
      claim.equal(await file.size(), reference.size(), `${what}: size`);
    }
    claim.bytes(await contentOf(file), await contentOf(reference), 'the content in the end');
  } catch (error) {
    return error instanceof Finding
      ? error
      : new Finding(String((error as Error)?.message), { cause: error });
  } finally {
    await file.close();
  }
  return undefined;
}

async function both(
  file: CheckedFile,
  reference: CheckedFile<'sync'>,
  { op, position, length }: Step,
  index: number,
  what: string,
): Promise<void> {
  if (op === 'read' || op === 'readMany') {
    const [found, expected] = [new Uint8Array(length), new Uint8Array(length)];
    const count = reference.read(position, expected);
    if (op === 'read') claim.equal(await file.read(position, found), count, `${what}: count`);
    else claim.equal((await file.readMany([{ position, target: found }]))[0], count, `${what}: count`);
    claim.bytes(found, expected, what);
  } else if (op === 'view') {
    using lease = file.view(position, length);
    using expected = reference.view(position, length);
    if (lease && expected) claim.bytes(lease.bytes, expected.bytes, what);
  } else if (op === 'write') {
    const source = new Uint8Array(length).fill(index + 1);
    reference.write(position, source);
    await file.write(position, source);
  } else if (op === 'truncate') {
    reference.truncate(position);
    await file.truncate(position);
  } else {
    await file.flush();
  }
}

/** Leaves out one step after the other as long as the run still fails, and says what remains. */
async function shortest(
  bench: Bench,
  seed: number,
  start: Uint8Array,
  all: readonly Step[],
  first: Finding,
): Promise<Finding> {
  let steps = all;
  let finding = first;
  for (let index = steps.length - 1; index >= 0; index--) {
    const fewer = steps.filter((_, at) => at !== index);
    const still = await compare(bench, start, fewer);
    if (!still) continue;
    steps = fewer;
    finding = still;
  }
  const shown = steps.map(({ op, position, length }) => `${op} ${position} ${length}`).join('; ');
  return new Finding(`seed ${seed}, ${start.length} bytes at first, steps: ${shown}: ${finding.message}`);
}
