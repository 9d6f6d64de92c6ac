import { driverKit } from '@terrane/driver-kit/vitest';
import { afterAll } from 'vitest';
import { driverTargets, layerTargets, served } from './kit-targets.fixture.js';
import { startRangeServer } from './range-server.fixture.js';

const server = await startRangeServer();
afterAll(() => server.close());

for (const target of [...driverTargets, served(server), ...layerTargets]) {
  await driverKit(target, { inapplicable: 'omit' });
}
await driverKit(
  { ...served(server, { blockBytes: 100, cacheBytes: 1000 }), name: 'http (100-byte blocks)' },
  { inapplicable: 'omit' },
);
