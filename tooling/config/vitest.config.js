import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../../', import.meta.url));

// Tests run on the sources with no build; TEST_DIST=1 runs the same tests on what npm would ship.
const conditions = [...(process.env.TEST_DIST ? [] : ['@terrane/source']), 'node', 'development|production'];

const projects = ['packages', 'apps', 'tooling']
  .filter((group) => existsSync(`${root}${group}`))
  .flatMap((group) => readdirSync(`${root}${group}`).map((name) => `${group}/${name}`))
  .filter((path) => existsSync(`${root}${path}/src`))
  .map((path) => ({
    extends: true,
    root: `./${path}`,
    test: { name: path.split('/')[1], include: ['src/**/*.test.ts'] },
  }));

/** The root's vitest configuration: a project for every workspace package that has sources. */
export default defineConfig({
  root,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects,
    reporters: ['default', './tooling/reporter/closing-line.js'],
    maxWorkers: 2,
    maxConcurrency: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'], reporter: ['text', 'json-summary'] },
  },
});
