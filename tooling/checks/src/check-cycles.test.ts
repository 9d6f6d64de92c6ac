import { expect, it } from 'vitest';
import { checkCycles } from './check-cycles.js';
import { inWorkspace, manifest, said } from './workspace.fixture.js';

it('finds a cycle of files, through a type as well', async () => {
  const findings = await inWorkspace(
    {
      'packages/bottom/package.json': manifest('bottom'),
      'packages/bottom/src/index.ts': `import './a.js';`,
      'packages/bottom/src/a.ts': `import './b.js';`,
      'packages/bottom/src/b.ts': `import type { A } from './a.js';`,
    },
    checkCycles,
  );
  expect(said(findings)).toEqual([
    'error: packages/bottom/src/a.ts: import cycle: packages/bottom/src/a.ts -> packages/bottom/src/b.ts -> packages/bottom/src/a.ts',
  ]);
});

it('finds a file that imports itself', async () => {
  const findings = await inWorkspace(
    {
      'packages/bottom/package.json': manifest('bottom'),
      'packages/bottom/src/index.ts': `export * from './index.js';`,
    },
    checkCycles,
  );
  expect(findings).toHaveLength(1);
});

it('finds a cycle of packages, through a development dependency as well', async () => {
  const findings = await inWorkspace(
    {
      'packages/bottom/package.json': manifest('bottom', { devDependencies: { '@terrane/middle': '*' } }),
      'packages/middle/package.json': manifest('middle', { dependencies: { '@terrane/bottom': '*' } }),
    },
    checkCycles,
  );
  expect(said(findings)).toEqual([
    'error: packages/bottom: import cycle: packages/bottom -> packages/middle -> packages/bottom',
  ]);
});

it('is content with two ways to the same file', async () => {
  const findings = await inWorkspace(
    {
      'packages/bottom/package.json': manifest('bottom'),
      'packages/bottom/src/index.ts': `import './a.js';\nimport './b.js';`,
      'packages/bottom/src/a.ts': `import './c.js';`,
      'packages/bottom/src/b.ts': `import './c.js';`,
      'packages/bottom/src/c.ts': '',
    },
    checkCycles,
  );
  expect(findings).toEqual([]);
});
