import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { mmapErrors } from './index.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const files = readdirSync(folder).filter(
  (name) => name.endsWith('.ts') && !/^errors(\.test)?\.ts$/.test(name),
);
const textOf = (names: string[]) => names.map((name) => readFileSync(folder + name, 'utf8')).join('\n');
const tests = textOf(files.filter((name) => name.endsWith('.test.ts')));
const sources = textOf(files.filter((name) => !name.endsWith('.test.ts')));

it.each(Object.keys(mmapErrors.table))('%s is thrown somewhere, and tested', (code) => {
  expect(sources).toContain(code);
  expect(tests).toContain(code);
});
