import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'tsup';

/*
 * One build for every package: the entries are the package's own `exports`, so a new subpath is
 * declared once, in package.json. Declarations come from tsc (tsconfig.build.json), not from here.
 */
const manifest = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8'));
const sources = Object.values(manifest.exports ?? {}).map((target) => target['@terrane/source']);

export default defineConfig({
  entry: [...new Set([...sources, ...(manifest.terrane?.programs ?? [])])].filter(Boolean),
  format: ['esm'],
  target: 'es2022',
  splitting: true,
  sourcemap: true,
  clean: true,
});
