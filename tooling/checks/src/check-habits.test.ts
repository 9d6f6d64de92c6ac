import { expect, it } from 'vitest';
import { checkHabits } from './check-habits.js';
import { inWorkspace, manifest, said } from './workspace.fixture.js';

// Put together here, so that this file has none of them itself.
const only = ['it', 'only("x")'].join('.');
const skip = ['describe', 'skip("x")'].join('.');
const note = ['TO', 'DO'].join('');

it('finds tests left out, notes left behind and long files', async () => {
  const findings = await inWorkspace(
    {
      'packages/bottom/package.json': manifest('bottom'),
      'packages/bottom/src/a.test.ts': `${only}\nit.skipIf(true)("fine")\n${skip}`,
      'packages/bottom/src/b.ts': `// ${note}: later\n${skip}`,
      'packages/bottom/src/c.ts': '\n'.repeat(300),
    },
    checkHabits,
  );
  expect(said(findings)).toEqual([
    `error: packages/bottom/src/a.test.ts:1: a test that is not run as it stands: ${only.slice(0, 7)}`,
    `error: packages/bottom/src/a.test.ts:3: a test that is not run as it stands: ${skip.slice(0, 13)}`,
    `error: packages/bottom/src/b.ts:1: a note of unfinished work: ${note}`,
    'warning: packages/bottom/src/c.ts: 301 lines; from 300 on, ask whether it is two things',
  ]);
});
