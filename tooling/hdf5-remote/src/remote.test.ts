import { hasH5py, temporaryFolder } from '@terrane/oracles';
import { expect, it } from 'vitest';
import { serveFile } from './file-server.js';
import { columns, makeLargeFile } from './large-file.js';
import { readOneRow } from './read-one-row.js';

it.skipIf(!hasH5py)(
  'opening 1 GiB by http, listing its root and reading a row takes at most 3 round trips',
  async () => {
    using folder = temporaryFolder();
    makeLargeFile(folder.join('large.h5'));
    await using server = await serveFile(folder.join('large.h5'));
    const { names, data } = await readOneRow(server.url);
    expect(names).toHaveLength(21);
    expect(data).toEqual(Float64Array.from({ length: columns }, (_, index) => index / 2));
    expect(server.requests.length).toBeLessThanOrEqual(3);
    expect(server.bytesSent).toBeLessThan(300_000);
  },
);
