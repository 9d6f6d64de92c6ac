/* The process that `memory.ts` looks at: memory-of.ts STORE view|copy|evict FOLDER. It prints a line at each stage. */
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { blockBytes, makeBlock } from './make-block.js';
import { shared } from './stores.js';

const [, , name, how, folder] = argv;
const bound = 64 << 20;
const blocks = 500;
const store = shared[name as keyof typeof shared]({ folder: folder!, bound });

function say(what: string): void {
  global.gc!();
  const status = readFileSync('/proc/self/status', 'utf8');
  const mebibytes = (field: string) =>
    (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]) / 1024).toFixed(0);
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const live = ((heapUsed + arrayBuffers) / 2 ** 20).toFixed(0);
  console.log(`${what}: ${live} / ${mebibytes('RssAnon')} / ${mebibytes('VmRSS')}`);
}

if (how === 'evict') {
  // As much as fits, and then that again and again.
  const once = bound / blockBytes;
  for (let number = 0; number <= 50 * once; number++) {
    store.put(number, makeBlock(number));
    if ([once, 5 * once, 10 * once, 20 * once, 50 * once].includes(number)) say(`${number / once} × full`);
  }
} else {
  for (let number = 0; number < blocks; number++) store.put(number, makeBlock(number));
  store.flush();
  for (let hit = 1; hit <= 1_000_000; hit++) {
    const value = how === 'view' ? store.view!((hit * 7919) % blocks) : store.get((hit * 7919) % blocks);
    if (value === undefined) throw new Error('it is not there');
    if ([10_000, 100_000, 1_000_000].includes(hit)) say(`${hit / 1000} k hits`);
  }
}
await store.close();
