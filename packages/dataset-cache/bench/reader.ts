/*
 * One reader of `processes.ts`: reader.ts STORE view|copy FOLDER BLOCKS MILLISECONDS. It says `ready`, begins when it is told to,
 * and says how many values it read.
 */
import { once } from 'node:events';
import { argv, stdin, stdout } from 'node:process';
import { shared } from './stores.js';

const [, , name, how, folder, blocks, milliseconds] = argv;
const store = shared[name as keyof typeof shared]({ folder: folder!, readOnly: true });
const count = Number(blocks);
let next = process.pid;
function readSome(calls: number): void {
  for (let call = 0; call < calls; call++) {
    next = (next + 7919) % count;
    const value = how === 'view' ? store.view!(next) : store.get(next);
    if (value === undefined) throw new Error(`block ${next} is not there`);
  }
}
readSome(2 * count);
stdout.write('ready\n');
await once(stdin, 'data');
const end = performance.now() + Number(milliseconds);
let read = 0;
while (performance.now() < end) {
  readSome(100);
  read += 100;
}
stdout.write(`${read}\n`);
await store.close();
stdin.destroy();
