import { type File, openFile } from '@terrane/tables';

/** Opens a file for reading. Over the core driver nothing is ever saved. */
export function open(name: string, driver: string): File<'sync'> {
  const isCore = driver === 'H5FD_CORE' || driver === 'core';
  return openFile(name, 'r', isCore ? { driver, driverCoreBackingStore: false } : { driver });
}
