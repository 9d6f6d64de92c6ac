import { readFileSync } from 'node:fs';
import { type Driver, type DriverFile, deriveFile, type Spec } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import { cases, runKit, wrapFile } from './index.js';
import { memoryTarget } from './memory-target.fixture.js';
import { sabotages } from './sabotage.fixture.js';

const spec = readFileSync(new URL('../../driver/SPEC.md', import.meta.url), 'utf8');
const clauses = [...spec.matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, clause]) => clause!);

describe('the kit', () => {
  it('has a case for every clause, and no case without one', () => {
    const proved = new Set(cases.flatMap((kitCase) => kitCase.clauses));
    expect(clauses.filter((clause) => !proved.has(clause))).toEqual([]);
    expect([...proved].filter((clause) => !clauses.includes(clause))).toEqual([]);
    expect(clauses.length).toBeGreaterThan(40);
  });

  it('names its cases once, readably', () => {
    const ids = cases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it.each(['sync', 'async'] as const)('passes the reference driver (%s)', async (mode) => {
    const report = await runKit(memoryTarget(mode));
    expect(report.results.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
    expect(report).toMatchObject({ mode, fail: 0, contract: 1, driver: 'memory' });
    expect(report.pass + report.skip).toBe(cases.length);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it.each(sabotages.map((sabotage) => [sabotage.bug, sabotage.caughtBy, sabotage] as const))(
    'catches a driver that %s, by %s',
    async (_, caughtBy, { spoil }) => {
      const report = await runKit(memoryTarget('sync', spoil));
      const failed = report.results.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
      expect(failed).toContain(caughtBy);
    },
  );

  it('proves a clean refusal of everything that a driver does not offer', async () => {
    const least = (driver: Driver<'sync'>): Driver => ({
      ...driver,
      open: (spec: Spec) => {
        const file = driver.open(spec);
        const capabilities = file.manifest.capabilities.write ? { write: true as const } : {};
        return deriveFile(file, { manifest: { capabilities } });
      },
    });
    const { results } = await runKit(memoryTarget('sync', least));
    expect(results.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
    const refusals = ['write', 'truncate', 'flush', 'view', 'lock'].map((name) => `${name}-refused`);
    const passed = results.filter(({ outcome }) => outcome === 'pass').map(({ id }) => id);
    expect(passed).toEqual(expect.arrayContaining([...refusals, 'driver-info']));
  });

  it('shortens a failing random run to the steps that matter', async () => {
    const { spoil } = sabotages.find(({ caughtBy }) => caughtBy === 'write-gap')!;
    const report = await runKit(memoryTarget('sync', spoil));
    const reason = report.results.find(({ id }) => id === 'differential')?.reason;
    expect(reason).toMatch(/^seed \d+, \d+ bytes at first, steps: write \d+ \d+: /);
  });

  it('reports what hangs instead of hanging itself', async () => {
    const target = { ...memoryTarget('async'), patience: 100 };
    const hanging = methodThatHangs(target.driver);
    const report = await runKit({ ...target, driver: hanging });
    const { reason } = report.results.find(({ id }) => id === 'size-is-what-is-read')!;
    expect(reason).toBe('it hangs: not over after 100 ms');
    const closed = { ...target, driver: { ...target.driver, open: () => new Promise<never>(() => {}) } };
    await expect(runKit(closed)).rejects.toThrow('it hangs');
  });
});

/** Never answers how large a file is that has 4095 bytes. */
function methodThatHangs(driver: Driver): Driver {
  return {
    ...driver,
    open: async (spec: Spec) => {
      const file = (await driver.open(spec)) as DriverFile<'async'>;
      return wrapFile(file, (op, _, call) =>
        op === 'size' ? file.size().then((size) => (size === 4095 ? new Promise(() => {}) : size)) : call(),
      );
    },
  } as Driver;
}
