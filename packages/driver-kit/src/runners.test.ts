import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { cases } from './index.js';
import { memoryTarget } from './memory-target.fixture.js';
import { driverKit } from './runners/vitest.js';
import { targetsOf } from './targets-of.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'terrane-kit-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program of ours on its sources. */
async function run(...args: string[]): Promise<{ code: number; stdout: string }> {
  const options = ['--conditions=@terrane/source', '--import', 'tsx', ...args];
  // A test runner inside of a test runner must not think it is one of ours.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: here('..'), env });
    return { code: 0, stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, stdout };
  }
}

await driverKit(memoryTarget(), { inapplicable: 'omit' });

describe('the command', () => {
  const good = `export { memoryTarget as make } from ${JSON.stringify(here('memory-target.fixture.ts'))};
    import { memoryTarget } from ${JSON.stringify(here('memory-target.fixture.ts'))};`;

  it('prints every case, writes the report, and succeeds', async () => {
    const [module, json] = [join(folder, 'good.ts'), join(folder, 'report.json')];
    writeFileSync(module, `${good} export const target = memoryTarget(); export default target;`);
    const { code, stdout } = await run(here('cli.ts'), module, '--json', json);
    expect(stdout).toMatch(/pass read-clamps-at-end \(R2\)/);
    expect(stdout).toMatch(/skip read-beyond-4-gib \(R8\): files of 5 GiB/);
    expect(code).toBe(0);
    const [report, ...more] = JSON.parse(readFileSync(json, 'utf8'));
    expect(more).toEqual([]);
    expect(report).toMatchObject({ target: 'memory (sync)', fail: 0, contract: 1 });
    expect(report.results).toHaveLength(cases.length);
  });

  it('fails for a driver that fails, and says why', async () => {
    const module = join(folder, 'bad.ts');
    writeFileSync(
      module,
      `${good} import { sabotages } from ${JSON.stringify(here('sabotage.fixture.ts'))};
       export const targets = [memoryTarget('sync', sabotages[0].spoil)];`,
    );
    const { code, stdout } = await run(here('cli.ts'), module);
    expect(code).toBe(1);
    expect(stdout).toMatch(/fail read-clamps-at-end \(R2\): the count: 2 expected, 6 found/);
  });

  it('explains itself', async () => {
    expect(await run(here('cli.ts'))).toMatchObject({ code: 2, stdout: expect.stringContaining('MODULE') });
    const module = join(folder, 'none.ts');
    writeFileSync(module, 'export const nothing = 1;');
    expect(await run(here('cli.ts'), module)).toMatchObject({ code: 2 });
  });
});

it('runs under node:test', async () => {
  const module = join(folder, 'node.mts');
  writeFileSync(
    module,
    `import { memoryTarget } from ${JSON.stringify(here('memory-target.fixture.ts'))};
     import { driverKit } from ${JSON.stringify(here('runners/node-test.ts'))};
     await driverKit(memoryTarget('async'));`,
  );
  const { code, stdout } = await run('--test-reporter=tap', '--test', module);
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(40);
  expect(code).toBe(0);
});

it('finds targets by their shape', () => {
  const target = memoryTarget();
  expect(targetsOf({ a: target, b: [target, memoryTarget()], c: 1, d: null, e: { driver: 1 } })).toHaveLength(
    2,
  );
});
