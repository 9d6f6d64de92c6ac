import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KitTarget } from '@terrane/driver-kit';
import { driverKit } from '@terrane/driver-kit/vitest';
import { mmap } from './index.js';

/** Every place is a folder with one file that `node:fs` has written. */
function target(name: string, options: Record<string, unknown>, large = false): KitTarget {
  return {
    name,
    driver: mmap,
    large,
    prepare(bytes) {
      const folder = mkdtempSync(join(tmpdir(), 'terrane-mmap-'));
      const path = join(folder, 'file');
      if (bytes) writeFileSync(path, bytes);
      return { spec: { name: path, options }, end: () => rmSync(folder, { recursive: true }) };
    },
  };
}

const targets = [
  target('mmap', {}),
  target('mmap (sparse)', { sparse: true }, true),
  target('mmap (no addresses reserved)', { reserve: 0 }),
  target('mmap (copies)', { kind: 'copied' }),
];
for (const each of targets) await driverKit(each, { inapplicable: 'omit' });
