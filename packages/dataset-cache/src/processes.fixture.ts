import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { sec2 } from '@terrane/drivers';
import { DatasetFileCache } from './index.js';
import { bytesOf, keyOf, maximumFileSize } from './process.fixture.js';

const script = fileURLToPath(new URL('process.fixture.ts', import.meta.url));

/** Starts such a process. */
export function start(...args: string[]): ChildProcessByStdio<null, Readable, null> {
  const flags = ['--conditions=@terrane/source', '--import', 'tsx'];
  return spawn(process.execPath, [...flags, script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/**
 * Kills a writer at some moment, and looks at what it left.
 *
 * @param first - The number to go on from.
 * @returns the number of the last value that it said was committed.
 * @throws Error for anything that is not as it was committed.
 */
export async function killOnce(name: string, first: number, milliseconds: number): Promise<number> {
  const child = start('write', name, String(first));
  let said = '';
  let killing = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (!killing) setTimeout(() => child.kill('SIGKILL'), milliseconds);
    killing = true;
  });
  await once(child, 'close');
  const whole = said
    .slice(0, said.lastIndexOf('\n') + 1)
    .trim()
    .split('\n');
  const last = Number(whole.at(-1));
  if (!(last >= first)) throw new Error(`the writer said ${JSON.stringify(said)}`);
  if (statSync(name).size > maximumFileSize) throw new Error('the file is too long');
  const cache = DatasetFileCache.open(name, { driver: sec2 });
  const problems = cache.verify();
  if (problems.length > 0) throw new Error(problems.join('; '));
  for (let number = last; number > last - 20 && number >= 0; number--) {
    const bytes = cache.get(keyOf(number));
    if (!bytes || Buffer.compare(bytes, bytesOf(number)) !== 0)
      throw new Error(`value ${number} is not intact`);
  }
  cache.close();
  return last;
}

/** Readers beside a writer. @returns what each of them saw. */
export async function readBeside(
  name: string,
  readers: number,
  milliseconds: number,
): Promise<{ right: number; wrong: number; damaged: number }[]> {
  const writer = start('write', name, '0');
  const ended = once(writer, 'close');
  await once(writer.stdout, 'data');
  writer.stdout.resume();
  const results = Array.from({ length: readers }, async () => {
    const child = start('read', name, String(milliseconds));
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await once(child, 'close');
    return JSON.parse(said);
  });
  const seen = await Promise.all(results);
  writer.kill('SIGKILL');
  await ended;
  return seen;
}
