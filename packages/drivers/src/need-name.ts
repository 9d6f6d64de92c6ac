import { driverErrors, type Spec } from '@terrane/driver';

/** @throws DRV_BAD_OPTION when the spec names no file. */
export function needName(spec: Spec): string {
  if (typeof spec.name === 'string' && spec.name !== '') return spec.name;
  throw driverErrors.DRV_BAD_OPTION({
    message: `driver "${spec.driver}" needs the name of a file`,
    driver: spec.driver,
    expected: 'a name',
    found: String(spec.name),
  });
}
