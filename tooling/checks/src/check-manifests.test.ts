import { expect, it } from 'vitest';
import { checkManifests } from './check-manifests.js';
import { inWorkspace, manifest, said } from './workspace.fixture.js';

const entry = { '@terrane/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' };
const { '@terrane/source': _, ...published } = entry;
const complete = {
  description: 'It is.',
  license: 'MIT',
  engines: { node: '>=20.19.0' },
  sideEffects: false,
  files: ['dist'],
  exports: { '.': entry, './package.json': './package.json' },
  publishConfig: { exports: { '.': published, './package.json': './package.json' } },
};
const readme = 'line\n'.repeat(50);

function findingsOf(fields: object, text = readme) {
  const files = { 'packages/bottom/package.json': manifest('bottom', { ...fields }) };
  return inWorkspace({ ...files, 'packages/bottom/README.md': text }, (workspace) =>
    said(checkManifests(workspace)),
  );
}

it('is content with a package that publishes what it exports', async () => {
  expect(await findingsOf(complete)).toEqual([]);
});

it('finds what is exported and not published, published otherwise, or not exported at all', async () => {
  const exports = { ...complete.exports, './new': entry, './old': { ...entry, default: './dist/old.js' } };
  const outside = { ...complete.publishConfig.exports, './old': published, './gone': published };
  expect(await findingsOf({ ...complete, exports, publishConfig: { exports: outside } })).toEqual([
    'error: packages/bottom/package.json: publishConfig.exports differs from exports at ./new',
    'error: packages/bottom/package.json: publishConfig.exports differs from exports at ./old',
    'error: packages/bottom/package.json: exports lacks ./gone, which is published',
  ]);
});

it('finds sources that would be published', async () => {
  const publishConfig = { exports: complete.exports };
  expect(await findingsOf({ ...complete, publishConfig })).toEqual([
    'error: packages/bottom/package.json: publishConfig.exports differs from exports at .',
  ]);
});

it('finds missing fields and READMEs, and asks about long and short ones', async () => {
  const { description, sideEffects, ...rest } = complete;
  expect(await findingsOf(rest, 'short')).toEqual([
    'error: packages/bottom/package.json: description is missing',
    'error: packages/bottom/package.json: sideEffects is missing',
    'warning: packages/bottom/README.md: 1 lines; 40 to 70 are the habit',
  ]);
  const bare = await inWorkspace(
    { 'packages/bottom/package.json': manifest('bottom', complete) },
    checkManifests,
  );
  expect(said(bare)).toEqual(['error: packages/bottom: there is no README.md']);
});
