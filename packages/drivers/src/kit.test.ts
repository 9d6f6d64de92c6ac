import { type KitReport, runKit } from '@terrane/driver-kit';
import { afterAll, describe, expect, it } from 'vitest';
import { capabilityPage } from './capability-page.fixture.js';
import { driverTargets, layerTargets, served } from './kit-targets.fixture.js';
import { startRangeServer } from './range-server.fixture.js';

const server = await startRangeServer();
afterAll(() => server.close());

const drivers = [
  ...driverTargets,
  served(server),
  { ...served(server, { blockBytes: 100, cacheBytes: 1000 }), name: 'http (100-byte blocks)' },
];
const reports: { drivers: KitReport[]; layers: KitReport[] } = { drivers: [], layers: [] };

describe.each([
  ['drivers', drivers],
  ['layers', layerTargets],
] as const)('the contract is kept by %s', (group, targets) => {
  it.each(targets.map((target) => [target.name, target] as const))('%s', async (_, target) => {
    const report = await runKit(target);
    reports[group].push(report);
    expect(report.results.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
    expect(report.pass).toBeGreaterThan(20);
  });
});

it('is told by a page that is made of the reports', async () => {
  const page = capabilityPage(reports.drivers, reports.layers);
  await expect(page).toMatchFileSnapshot('../../../docs/driver-capabilities.md');
});
