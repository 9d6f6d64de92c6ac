import { type Driver, driverErrors, openIntent } from '@terrane/driver';
import { MmapFile } from './mmap-file.js';
import { optionNames, readOptions } from './mmap-options.js';
import { openDescriptor } from './open-descriptor.js';

/**
 * Files of the local file system as memory: reads and writes are copies in memory, and views are the file itself. HDF5
 * has no such driver; where it names drivers, this one is `H5FD_MMAP`.
 *
 * Options, all of `map` in `@terrane/mmap`: `reserve` (bytes of addresses to grow into without moving), `sparse` (do not reserve
 * space on the disk when the file grows), `strict` (mode `r`: find out stores into views), `populate`, `kind`.
 *
 * A file that somebody cuts while it is open does not kill the process: the next call fails with IO_CHANGED.
 */
export const mmap: Driver<'sync'> = Object.freeze({
  name: 'mmap',
  contract: 1,
  mode: 'sync',
  schemes: ['mmap'],
  aliases: ['H5FD_MMAP'],
  options: optionNames,
  open(spec) {
    const { name } = spec;
    if (typeof name !== 'string' || name === '') {
      const message = 'driver "mmap" needs the name of a file';
      throw driverErrors.DRV_BAD_OPTION({ message, expected: 'a name', found: String(name) });
    }
    const options = readOptions(spec);
    const intent = openIntent(spec.mode);
    return MmapFile.over(openDescriptor(name, intent), name, intent.write, options);
  },
} satisfies Driver<'sync'>);
