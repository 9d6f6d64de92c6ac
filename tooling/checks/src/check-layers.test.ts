import { describe, expect, it } from 'vitest';
import { checkLayers } from './check-layers.js';
import { layerTable } from './layer-table.js';
import { inWorkspace, manifest, said, smallTable } from './workspace.fixture.js';

const bottom = { dependencies: { '@terrane/bottom': 'workspace:^' } };

function layersOf(files: Readonly<Record<string, string>>) {
  return inWorkspace(files, (workspace) => said(checkLayers(workspace, smallTable)));
}

describe('checkLayers', () => {
  it('is content with imports that go down to what is declared', async () => {
    const findings = await layersOf({
      'packages/bottom/package.json': manifest('bottom'),
      'packages/bottom/src/index.ts': `import './other.js';\nimport 'node:fs';`,
      'packages/bottom/src/other.ts': '',
      'packages/middle/package.json': manifest('middle', bottom),
      'packages/middle/src/index.ts': `export * from '@terrane/bottom';`,
    });
    expect(findings).toEqual([]);
  });

  it('finds an import that goes up, in the sources and in the manifest', async () => {
    const findings = await layersOf({
      'packages/bottom/package.json': manifest('bottom', { dependencies: { '@terrane/top': '*' } }),
      'packages/bottom/src/index.ts': `\nexport { x } from '@terrane/top/sub';`,
      'packages/top/package.json': manifest('top'),
    });
    expect(findings).toEqual([
      'error: packages/bottom/package.json: dependencies: @terrane/bottom (layer 0) imports up: @terrane/top (layer 2)',
      'error: packages/bottom/src/index.ts:2: @terrane/bottom (layer 0) imports up: @terrane/top (layer 2)',
    ]);
  });

  it.each([
    ['a type', `import type { X } from '@terrane/beside';`],
    ['a dynamic import', `await import('@terrane/beside');`],
  ])('finds an import that goes sideways: %s', async (_, text) => {
    const findings = await layersOf({
      'packages/middle/package.json': manifest('middle', { devDependencies: { tsup: '*' } }),
      'packages/middle/src/index.ts': text,
      'packages/beside/package.json': manifest('beside'),
    });
    expect(findings).toEqual([
      'error: packages/middle/src/index.ts:1: @terrane/middle (layer 1) imports sideways: @terrane/beside (layer 1)',
    ]);
  });

  it('finds an import that goes down past what the table allows, but lets tests do it', async () => {
    const files = {
      'packages/top/package.json': manifest('top', { dependencies: { '@terrane/beside': '*' } }),
      'packages/beside/package.json': manifest('beside'),
    };
    const inSource = { ...files, 'packages/top/src/index.ts': `import '@terrane/beside';` };
    expect(await layersOf(inSource)).toContain(
      'error: packages/top/src/index.ts:1: the layer table does not let @terrane/top import @terrane/beside',
    );
    const inTest = {
      'packages/top/package.json': manifest('top', { devDependencies: { '@terrane/beside': '*' } }),
      'packages/beside/package.json': manifest('beside'),
      'packages/top/src/index.test.ts': `import '@terrane/beside';`,
    };
    expect(await layersOf(inTest)).toEqual([]);
  });

  it('finds what is not declared, at all or only for tests', async () => {
    const findings = await layersOf({
      'packages/bottom/package.json': manifest('bottom'),
      'packages/middle/package.json': manifest('middle', { devDependencies: { 'third-party': '*' } }),
      'packages/middle/src/index.ts': `import '@terrane/bottom';\nimport 'third-party/x';`,
      'packages/middle/src/index.test.ts': `import 'third-party/x';`,
    });
    expect(findings).toEqual([
      'error: packages/middle/src/index.ts:1: @terrane/bottom is not declared in packages/middle/package.json as a dependency',
      'error: packages/middle/src/index.ts:2: third-party is not declared in packages/middle/package.json as a dependency',
    ]);
  });

  it('finds tools and kits in what ships, apps anywhere, and packages without a row', async () => {
    const findings = await layersOf({
      'packages/top/package.json': manifest('top'),
      'packages/top/src/index.ts': `import '@terrane/kit';\nimport '@terrane/oracles';\nimport '@terrane/cli';`,
      'packages/kit/package.json': manifest('kit'),
      'packages/novel/package.json': manifest('novel'),
      'apps/cli/package.json': manifest('cli'),
      'tooling/oracles/package.json': manifest('oracles'),
    });
    expect(findings).toEqual([
      'error: packages/novel: @terrane/novel has no row in the layer table',
      'error: packages/top/src/index.ts:1: @terrane/kit is for tests only',
      'error: packages/top/src/index.ts:2: @terrane/oracles is for tests only',
      'error: packages/top/src/index.ts:3: nothing imports an app, such as @terrane/cli',
    ]);
  });

  it('finds a path out of the package, and a module of Node without its prefix', async () => {
    const findings = await layersOf({
      'packages/bottom/package.json': manifest('bottom'),
      'packages/bottom/src/index.ts': `import '../../middle/src/index.js';\nimport 'fs';`,
    });
    expect(findings).toEqual([
      'error: packages/bottom/src/index.ts:1: ../../middle/src/index.js leaves the package; import the package it belongs to',
      'error: packages/bottom/src/index.ts:2: write node:fs',
    ]);
  });

  it('finds a table that does not descend; the real one does', async () => {
    const broken = { ...smallTable, bottom: { ...smallTable.bottom!, imports: ['middle', 'absent'] } };
    await inWorkspace({}, (workspace) => {
      expect(said(checkLayers(workspace, broken))).toHaveLength(2);
      expect(checkLayers(workspace, layerTable)).toEqual([]);
    });
  });
});
