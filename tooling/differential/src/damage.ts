import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { temporaryFolder } from '@terrane/oracles';
import { hdf5Files } from './hdf5-files.js';
import type { ReadAnswer } from './messages.js';
import { type Death, ReaderProcess } from './reader-process.js';

/** What damaged copies are made from, and how many. */
export interface DamageOptions {
  /** Copies of each file; 10 unless given. */
  readonly rounds?: number;
  /** The same seed damages the same bytes. */
  readonly seed?: number;
  /** A folder to keep the copies in that broke the reader. */
  readonly keep?: string;
  /** Time for a copy: 5000 ms unless given. */
  readonly milliseconds?: number;
}

/** What came of reading damaged copies. */
export interface DamageReport {
  readonly copies: number;
  /** How the copies were answered, by error code; `read` for those that opened. */
  readonly answers: Readonly<Record<string, number>>;
  /** What no damage may cause: a hang, a crash, memory eaten up, an error without a code. */
  readonly broken: readonly string[];
}

const maxFileBytes = 2 ** 20;
const memoryBytes = 2 ** 30;

/**
 * Changes a few bytes in copies of every HDF5 file under `folder`, mostly near the beginning, where the metadata is,
 * and reads them. Whatever is in them, the engine answers in time, with values or with an error of its own.
 */
export async function damage(folder: string, options: DamageOptions = {}): Promise<DamageReport> {
  const { rounds = 10, seed = 1, keep, milliseconds = 5000 } = options;
  const random = generator(seed);
  const answers: Record<string, number> = {};
  const broken: string[] = [];
  let copies = 0;
  using scratch = temporaryFolder();
  using engine = new ReaderProcess('ours', { milliseconds, bytes: memoryBytes });
  for (const path of hdf5Files(folder)) {
    const original = readFileSync(path);
    if (original.length === 0 || original.length > maxFileBytes) continue;
    for (let round = 0; round < rounds; round++) {
      const copy = scratch.join(basename(path));
      writeFileSync(copy, damaged(original, random));
      const answer = await engine.ask({ path: copy, maxBytes: 2 ** 24 });
      copies++;
      const name = nameOf(answer);
      answers[name] = (answers[name] ?? 0) + 1;
      const failure = failureOf(answer);
      if (failure === undefined) continue;
      broken.push(`${relative(folder, path)}, round ${round} of seed ${seed}: ${failure}`);
      if (keep) copyFileSync(copy, `${keep}/${broken.length}-${basename(path)}`);
    }
  }
  return { copies, answers, broken };
}

/** One to eight bytes changed: to all ones, to zero, or to anything. */
function damaged(original: Uint8Array, random: () => number): Uint8Array {
  const copy = Uint8Array.from(original);
  const reach = random() < 0.7 ? Math.min(copy.length, 4096) : copy.length;
  for (let changes = 1 + Math.floor(random() * 8); changes > 0; changes--) {
    const choice = random();
    const value = choice < 0.3 ? 255 : choice < 0.5 ? 0 : Math.floor(random() * 256);
    copy[Math.floor(random() * reach)] = value;
  }
  return copy;
}

function nameOf(answer: ReadAnswer | Death): string {
  if ('died' in answer) return answer.died;
  return 'items' in answer ? 'read' : (answer.error.code ?? 'no code');
}

function failureOf(answer: ReadAnswer | Death): string | undefined {
  if ('died' in answer) return `${answer.died}: ${answer.message}`;
  if ('error' in answer) return answer.error.code === undefined ? answer.error.message : undefined;
  for (const { found } of answer.items) {
    if ('error' in found && found.error.code === undefined) return found.error.message;
  }
  return undefined;
}

/** Numbers from 0 to 1, the same for the same seed (a linear congruential generator, as in C's rand). */
function generator(seed: number): () => number {
  let state = seed & 0x7fffffff;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };
}
