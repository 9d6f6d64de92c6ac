import { expect, it } from 'vitest';
import { checkErrors } from './check-errors.js';
import { generatedFiles } from './generated-files.js';
import { inWorkspace, manifest, said } from './workspace.fixture.js';

const files = {
  'packages/bottom/package.json': manifest('bottom'),
  'packages/bottom/src/errors.ts': `
    export const lab = declareErrors('LAB', {
      LAB_THROWN: { summary: 'It is thrown: ' + 'a|b.', retry: 'maybe' },
      LAB_MAPPED: { summary: 'It is in a table.' },
      LAB_DEAD: { summary: 'Nobody throws it.' },
      LAB_UNMET: { summary: 'No test meets it.' },
      LAB_MUTE: { retry: 'no' },
    });`,
  'packages/bottom/src/index.ts': `
    const codes = { ENOENT: 'LAB_MAPPED' };
    throw lab.LAB_THROWN({ message: '' }); lab.LAB_UNMET({}); lab.LAB_MUTE({});`,
  'packages/bottom/src/index.test.ts': `'LAB_THROWN LAB_MAPPED LAB_DEAD LAB_MUTE'; lab.LAB_DEAD({})`,
};

it('finds codes that are never thrown, never met in a test, or not explained', async () => {
  expect(said(await inWorkspace(files, checkErrors))).toEqual([
    'error: packages/bottom/src/errors.ts:5: LAB_DEAD is never thrown',
    'error: packages/bottom/src/errors.ts:6: no test meets LAB_UNMET',
    'error: packages/bottom/src/errors.ts:7: LAB_MUTE has no summary, or one that is not a plain string',
  ]);
});

it('finds a code that is declared twice', async () => {
  const again = `declareErrors('LAB', { LAB_THROWN: { summary: 'Again.' } });`;
  const findings = await inWorkspace({ ...files, 'packages/bottom/src/more.ts': again }, checkErrors);
  expect(said(findings)).toContain(
    'error: packages/bottom/src/more.ts:1: LAB_THROWN is declared at packages/bottom/src/errors.ts:3 already',
  );
});

it('makes the page of all codes', async () => {
  const page = await inWorkspace(files, (workspace) => generatedFiles(workspace).get('docs/errors.md'));
  expect(page).toContain('## @terrane/bottom');
  expect(page).toContain('| `LAB_THROWN` | It is thrown: a\\|b. | maybe |');
  expect(page).toContain('| `LAB_DEAD` | Nobody throws it. | no |');
});
