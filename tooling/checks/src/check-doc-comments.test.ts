import { expect, it } from 'vitest';
import { checkDocComments } from './check-doc-comments.js';
import { inWorkspace, manifest, said } from './workspace.fixture.js';

it('finds exports without a doc comment, wherever they are declared and by whichever entry', async () => {
  const findings = await inWorkspace(
    {
      'packages/bottom/package.json': manifest('bottom', {
        exports: {
          '.': { '@terrane/source': './src/index.ts' },
          './sub': { '@terrane/source': './src/sub.ts' },
          './package.json': './package.json',
        },
      }),
      'packages/bottom/src/index.ts': `export { bare, told, type Bare } from './inner.js';`,
      'packages/bottom/src/inner.ts': `
        /** Says what it is. */
        export function told() {}
        // Not a doc comment.
        export function bare() {}
        export interface Bare {}
        export const hidden = 1;`,
      'packages/bottom/src/sub.ts': `export const sub = 1;\n/** Told. */\nexport const other = 2;`,
    },
    checkDocComments,
  );
  expect(said(findings)).toEqual([
    'error: packages/bottom/src/inner.ts:5: bare, exported by @terrane/bottom, has no doc comment',
    'error: packages/bottom/src/inner.ts:6: Bare, exported by @terrane/bottom, has no doc comment',
    'error: packages/bottom/src/sub.ts:1: sub, exported by @terrane/bottom/sub, has no doc comment',
  ]);
});
