import { type Driver, deriveFile, driverErrors } from '@terrane/driver';
import { Descriptor } from './descriptor.js';
import { AccessStatistics, countAccesses } from './layers/statistics.js';
import { needFileSystem } from './node-fs.js';
import { sec2 } from './sec2.js';

const emptied = { write: true, create: true, exclusive: false, empty: true } as const;

/**
 * sec2 that counts what is read and written, by kind of memory, as HDF5's log driver does.
 *
 * Option `logFile`: where the table is written at close. Resources: `statistics`, an {@link AccessStatistics} to count
 * in, and `fs`.
 */
export const log: Driver<'sync'> = Object.freeze({
  name: 'log',
  contract: 1,
  mode: 'sync',
  aliases: ['H5FD_LOG'],
  options: ['logFile'],
  resources: ['statistics', 'fs'],
  open(spec, resources = {}) {
    const { logFile } = spec.options ?? {};
    if (logFile !== undefined && typeof logFile !== 'string') {
      throw driverErrors.DRV_BAD_OPTION({
        message: 'log: logFile must be a file name',
        found: String(logFile),
      });
    }
    const statistics = (resources.statistics as AccessStatistics | undefined) ?? new AccessStatistics();
    const { fs } = resources;
    const below = sec2.open({ ...spec, driver: 'sec2', options: {} }, fs === undefined ? {} : { fs });
    const file = countAccesses(below, statistics);
    let closed = false;
    return deriveFile(file, {
      manifest: { driver: 'log' },
      close() {
        file.close();
        if (logFile === undefined || closed) return;
        closed = true;
        const table = Descriptor.open(needFileSystem('log', fs), logFile, emptied);
        table.write(0, new TextEncoder().encode(statistics.toString()));
        table.close();
      },
    });
  },
} satisfies Driver<'sync'>);
