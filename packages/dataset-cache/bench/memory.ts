import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('memory-of.ts', import.meta.url));

/** Memory of a process of its own for each store and way of use: what is live, its own pages, and with those of the mapped file. */
export function memory(folder: string): void {
  console.log('\nmemory in MiB after a collection: live in JavaScript / private / with the mapped file');
  for (const name of ['terrane-mmap', 'terrane-sec2', 'lmdb']) {
    for (const how of ['view', 'copy', 'evict']) {
      if (how === 'view' && name === 'terrane-sec2') continue;
      const place = join(folder, `${name}-${how}`);
      mkdirSync(place, { recursive: true });
      const flags = ['--expose-gc', '--import', 'tsx'];
      const { status, stdout } = spawnSync(process.execPath, [...flags, script, name, how, place], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      if (status !== 0) throw new Error(`${name} ${how} failed`);
      console.log(`  ${name.padEnd(14)} ${how.padEnd(6)} ${stdout.trim().split('\n').join('   ')}`);
    }
  }
}
