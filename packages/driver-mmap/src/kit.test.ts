import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KitTarget } from '@terrane/driver-kit';
import { driverKit } from '@terrane/driver-kit/vitest';
import { mmap } from './index.js';

/** Every place is a folder with one file that `node:fs` has written. */
function target(name: string, options: Record<string, unknown>, large = false, driver = mmap): KitTarget {
  return {
    name,
    driver,
    large,
    prepare(bytes) {
      const folder = mkdtempSync(join(tmpdir(), 'terrane-mmap-'));
      const path = join(folder, 'file');
      if (bytes) writeFileSync(path, bytes);
      return { spec: { name: path, options }, end: () => rmSync(folder, { recursive: true }) };
    },
  };
}

/** The first reads of a file are calls to the system, until there is a view. */
const viewed = {
  ...mmap,
  open(...args: Parameters<typeof mmap.open>) {
    const file = mmap.open(...args);
    file.view!(0, 1)?.release();
    return file;
  },
};

const targets = [
  target('mmap', {}),
  target('mmap (by memory)', {}, false, viewed),
  target('mmap (sparse)', { sparse: true }, true),
  target('mmap (no addresses reserved)', { reserve: 0 }),
  target('mmap (copies)', { kind: 'copied' }),
];
for (const each of targets) await driverKit(each, { inapplicable: 'omit' });
