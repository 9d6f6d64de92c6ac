import { type File, openFile, openOver } from '@terrane/tables';
import { namesModule, openByModule } from './load-driver.js';

/** Opens a file for reading. Over the core driver nothing is ever saved. */
export async function open(name: string, driver: string): Promise<File<'sync'>> {
  if (namesModule(driver)) {
    const handle = await openByModule(name, driver);
    try {
      return openOver(handle, { filename: name });
    } catch (error) {
      handle.close();
      throw error;
    }
  }
  const isCore = driver === 'H5FD_CORE' || driver === 'core';
  return openFile(name, 'r', isCore ? { driver, driverCoreBackingStore: false } : { driver });
}
