import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { driverKit } from '@terrane/driver-kit/vitest';
import { gzip } from './index.js';

// The contract, clause by clause: all it takes is a way to make files for the driver.
await driverKit(
  {
    name: 'gzip',
    driver: gzip,
    prepare(bytes) {
      const folder = mkdtempSync(join(tmpdir(), 'gzip-driver-'));
      const name = join(folder, 'file.gz');
      if (bytes) writeFileSync(name, gzipSync(bytes));
      return { spec: { name }, end: () => rmSync(folder, { recursive: true }) };
    },
  },
  // Cases that the manifest rules out need no line in the list of tests.
  { inapplicable: 'omit' },
);
