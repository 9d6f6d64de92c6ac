import { checkOptions } from '@terrane/errors';
import { brandError } from './brand-error.js';
import { describe } from './check-arguments.js';
import { checked } from './checked.js';
import type { CheckedFile, CheckOptions } from './checked-file.js';
import type { Driver, Resources, Spec } from './driver.js';
import type { DriverFile } from './driver-file.js';
import { driverErrors } from './errors.js';
import { chain, isPromise, type Mode, type Out, settled } from './mode.js';
import { openIntent } from './open-mode.js';

/** The version of the contract that this package speaks. It accepts this one and every earlier one. */
export const contractVersion = 1;

/**
 * Opens a file with a given driver, no registry needed, and puts the checks around it.
 *
 * ```ts
 * using file = openWith(memoryDriver(), { name: 'a', mode: 'w' });
 * ```
 *
 * @param spec - What to open; its `driver` may be left out. Options the driver does not declare are refused.
 * @param resources - What the driver needs and JSON cannot hold. Undeclared ones are refused, too.
 * @throws TypeError for unknown options and resources, RangeError for an unknown mode, DRV_CONTRACT_TOO_NEW,
 *   DRV_CONTRACT_BROKEN, and whatever the driver fails with, named.
 */
export function openWith<M extends Mode>(
  driver: Driver<M>,
  spec: Omit<Spec, 'driver'> & { readonly driver?: string },
  resources: Resources = {},
  options: CheckOptions = {},
): Out<M, CheckedFile<M>> {
  const attempt = (): Out<M, CheckedFile<M>> => {
    checkDriver(driver);
    checkOptions(spec, ['driver', 'name', 'mode', 'options'], 'spec');
    checkOptions(spec.options, driver.options ?? [], `driver "${driver.name}"`);
    checkOptions(resources, driver.resources ?? [], `resources of driver "${driver.name}"`);
    openIntent(spec.mode);
    const opened = openBranded(driver, { ...spec, driver: driver.name }, resources);
    return chain<M, DriverFile<M>, CheckedFile<M>>(opened, (file) =>
      settled(driver.mode, checked(file, options)),
    );
  };
  if (driver?.mode !== 'async') return attempt();
  // A promise is owed, so not even misuse is thrown at once.
  return (async () => attempt())() as unknown as Out<M, CheckedFile<M>>;
}

/** @throws DRV_CONTRACT_TOO_NEW or DRV_CONTRACT_BROKEN unless this is a driver we can work with. */
export function checkDriver(driver: Driver): void {
  const broken = (found: string): Error =>
    driverErrors.DRV_CONTRACT_BROKEN({ message: `this is no driver: ${found}`, op: 'open' });
  if (typeof driver !== 'object' || driver === null) throw broken(describe(driver));
  if (typeof driver.name !== 'string' || driver.name === '') throw broken('it has no name');
  const contract: unknown = driver.contract;
  if (typeof contract !== 'number' || !Number.isInteger(contract) || contract < 1) {
    throw broken(`${driver.name} names no version of the contract`);
  }
  if (contract > contractVersion) {
    throw driverErrors.DRV_CONTRACT_TOO_NEW({
      message: `driver "${driver.name}" was written for version ${contract} of the contract; this is ${contractVersion}`,
      op: 'open',
      driver: driver.name,
      expected: `at most ${contractVersion}`,
      found: String(contract),
      hint: 'update @terrane/driver',
    });
  }
  if (driver.mode !== 'sync' && driver.mode !== 'async') throw broken(`${driver.name} has no mode`);
  if (typeof driver.open !== 'function') throw broken(`${driver.name} has no open`);
}

function openBranded<M extends Mode>(
  driver: Driver<M>,
  spec: Spec,
  resources: Resources,
): Out<M, DriverFile<M>> {
  const where = { op: 'open', driver: driver.name, target: spec.name ?? '(unnamed)' };
  const fail = (error: unknown): never => {
    throw brandError(error, where);
  };
  try {
    const opened = driver.open(spec, resources);
    if (driver.mode === 'async')
      return Promise.resolve(opened).catch(fail) as unknown as Out<M, DriverFile<M>>;
    if (!isPromise(opened)) return opened;
  } catch (error) {
    return fail(error);
  }
  throw driverErrors.DRV_CONTRACT_BROKEN({
    message: `driver "${driver.name}" says it is synchronous and answered a promise`,
    ...where,
  });
}
