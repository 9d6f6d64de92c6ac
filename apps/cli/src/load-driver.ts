import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CheckedFile, createRegistry, type Driver, driverErrors } from '@terrane/driver';

/** Whether a driver is named by its file or package, which all have a character in them that no driver's own name has. */
export function namesModule(driver: string): boolean {
  return /[-./\\@]/.test(driver);
}

/**
 * Opens a file with a driver of somebody else's: the default export of the module the user named. Nothing is searched for.
 *
 * @throws DRV_DEPENDENCY_MISSING when there is no such module, DRV_CONTRACT_BROKEN when it exports no driver, DRV_NOT_SYNC
 */
export async function openByModule(name: string, module: string): Promise<CheckedFile<'sync'>> {
  const registry = createRegistry([{ name: module, load: () => importDriver(module) }]);
  const file = await registry.open({ driver: module, name, mode: 'r' });
  if (file.mode === 'sync') return file as CheckedFile<'sync'>;
  await file.close();
  const { driver } = file.manifest;
  throw driverErrors.DRV_NOT_SYNC({
    message: `driver "${driver}" answers by promise, and this command reads at once`,
    op: 'open',
    driver,
    target: name,
  });
}

async function importDriver(module: string): Promise<{ readonly default: Driver }> {
  return await import(pathToFileURL(fileOf(module)).href);
}

/** A path as it is; a package as the folder sees it that the command runs in. */
function fileOf(module: string): string {
  if (/^(\.{0,2}[/\\]|[a-z]:[/\\])/i.test(module)) return resolve(module);
  const folder = process.cwd();
  try {
    return createRequire(join(folder, 'any.js')).resolve(module);
  } catch (cause) {
    throw new Error(`${folder} has no package ${module}`, { cause });
  }
}
