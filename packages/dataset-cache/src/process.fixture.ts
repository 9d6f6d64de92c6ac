/*
 * A process that uses a cache file until it is killed: `write FILE FIRST`, `read FILE MILLISECONDS`, or `hold FILE`. Values are
 * made of their number, so that anybody can tell whether one is right.
 */
import { argv, stdout } from 'node:process';
import { mmap } from '@terrane/driver-mmap';
import { sec2 } from '@terrane/drivers';
import { DatasetFileCache } from './index.js';

export const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
export const maximumFileSize: number = 4 << 20;
export const keyOf = (number: number) => ({ guid, revision: 1, level: 0, number });

/** The value of a number: its length and every byte follow from it. */
export function bytesOf(number: number): Uint8Array {
  const bytes = new Uint8Array(1 + ((number * 7919) % 30_000));
  for (let at = 0; at < bytes.length; at++) bytes[at] = (number * 31 + at * 7 + (at >> 8)) & 255;
  return bytes;
}

/** Stores one value after the other, and says which are committed. */
function write(name: string, first: number): void {
  const cache = DatasetFileCache.createOrOpen(name, { driver: sec2, maximumFileSize, batchBytes: 1 << 18 });
  for (let number = first; ; number++) {
    cache.put(keyOf(number), bytesOf(number));
    if (number % 5 !== 4) continue;
    cache.flush();
    stdout.write(`${number}\n`);
  }
}

/** Reads what there is, for a while, by copies and by views, and says how many values were right and how many wrong. */
function read(name: string, milliseconds: number): void {
  const cache = DatasetFileCache.open(name, { driver: sec2, readOnly: true });
  const mapped = DatasetFileCache.open(name, { driver: mmap, readOnly: true });
  const end = Date.now() + milliseconds;
  let [right, wrong, from] = [0, 0, 0];
  while (Date.now() < end) {
    for (const each of [cache, mapped]) each.refresh();
    // The writer is anywhere by now, and what it wrote first is gone.
    while (!cache.has(keyOf(from)) && Date.now() < end) from = (from + 20) % 100_000;
    for (let number = from; number < from + 300; number++) {
      const bytes = cache.get(keyOf(number));
      if (bytes) {
        if (Buffer.compare(bytes, bytesOf(number)) === 0) right++;
        else wrong++;
      }
      const lease = mapped.view(keyOf(number));
      if (!lease) continue;
      const same = Buffer.compare(lease.bytes, bytesOf(number)) === 0;
      // What the writer needs again while it is looked at is not what it was; the storage says so.
      if (same) right++;
      else if (mapped.storage.isCurrent()) wrong++;
      lease.release();
    }
  }
  const damaged = cache.stat().damaged + mapped.stat().damaged;
  stdout.write(`${JSON.stringify({ right, wrong, damaged })}\n`);
}

/** Holds the cache open for writing, over a driver with locks. */
function hold(name: string): void {
  const cache = DatasetFileCache.createOrOpen(name, { driver: mmap, maximumFileSize });
  cache.put(keyOf(1), bytesOf(1));
  cache.flush();
  stdout.write('held\n');
  setTimeout(() => cache.close(), 60_000);
}

const [, script, what, name, amount] = argv;
if (script?.includes('process.fixture')) {
  if (what === 'write') write(name!, Number(amount));
  if (what === 'hold') hold(name!);
  if (what === 'read') read(name!, Number(amount));
}
