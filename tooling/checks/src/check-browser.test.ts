import { expect, it } from 'vitest';
import { checkBrowser } from './check-browser.js';
import { inWorkspace, manifest, said, smallTable } from './workspace.fixture.js';

function browserFindings(index: string, more: Readonly<Record<string, string>> = {}) {
  const files = {
    'packages/bottom/package.json': manifest('bottom'),
    'packages/bottom/src/index.ts': index,
    ...more,
  };
  return inWorkspace(files, async (workspace) => said(await checkBrowser(workspace, smallTable)));
}

it('is content with the web, and with asking for Node at the time of a call', async () => {
  const text = `
    export const text = new TextDecoder();
    export const readFile = () => globalThis.process.getBuiltinModule('node:fs');`;
  expect(await browserFindings(text)).toEqual([]);
});

it.each([
  ['directly', `import { readFileSync } from 'node:fs';\nexport const read = readFileSync;`, {}],
  ['by a dynamic import', `export const load = () => import('node:fs');`, {}],
  [
    'through another file',
    `export * from './inner.js';`,
    { 'packages/bottom/src/inner.ts': `export { readFileSync } from 'node:fs';` },
  ],
])('finds node: reached %s', async (_, text, more) => {
  const [finding, ...others] = await browserFindings(text, more);
  expect(others).toEqual([]);
  expect(finding).toMatch(
    /packages\/bottom\/src\/(index|inner)\.ts:1: @terrane\/bottom must run in a browser: .*node:fs/,
  );
});

it('finds a global of Node that is used while loading', async () => {
  expect(await browserFindings('export const size = Buffer.poolSize;')).toEqual([
    'error: packages/bottom: @terrane/bottom does not load in a browser: ReferenceError: Buffer is not defined',
  ]);
});

it('leaves packages alone that are for Node', async () => {
  const findings = await inWorkspace(
    { 'packages/top/package.json': manifest('top'), 'packages/top/src/index.ts': `import 'node:fs';` },
    (workspace) => checkBrowser(workspace, smallTable),
  );
  expect(findings).toEqual([]);
});
