import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { makeBlock } from './make-block.js';
import { race, report, timed } from './measure.js';
import { shared } from './stores.js';

const blocks = 1000;
const milliseconds = 1500;
const script = fileURLToPath(new URL('reader.ts', import.meta.url));

/** Microseconds for each value that `readers` processes read, all together, of one file that nobody writes. */
export async function processes(folder: string, readers: number): Promise<void> {
  for (const open of Object.values(shared)) {
    const store = open({ folder });
    await timed(blocks, (index) => store.put(index, makeBlock(index)));
    await store.flush();
    await store.close();
  }
  for (const how of ['view', 'copy']) {
    const names = Object.keys(shared).filter((name) => how === 'copy' || !/sec2|sqlite/.test(name));
    const candidates = names.map((name) => [name, () => together(name, how, folder, readers)] as const);
    const medians = await race(3, Object.fromEntries(candidates));
    report(`${readers} processes reading, ${how}: time for each value, all together`, medians);
  }
}

async function together(name: string, how: string, folder: string, readers: number): Promise<number> {
  const flags = ['--import', 'tsx'];
  const args = [...flags, script, name, how, folder, String(blocks), String(milliseconds)];
  const children = Array.from({ length: readers }, () => {
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdout.setEncoding('utf8');
    return child;
  });
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));
  const counts = children.map(async (child) => {
    const said = once(child.stdout, 'data');
    child.stdin.write('go\n');
    const [text] = await said;
    await once(child, 'close');
    return Number(text);
  });
  const read = await Promise.all(counts);
  return (milliseconds * 1000) / read.reduce((sum, count) => sum + count, 0);
}
