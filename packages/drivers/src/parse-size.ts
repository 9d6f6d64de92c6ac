import { driverErrors } from '@terrane/driver';

const units: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/**
 * A size as a number of bytes, or as text with a unit: `2GiB`, `512MiB`, `4096`.
 *
 * @throws DRV_BAD_OPTION
 */
export function parseSize(value: unknown, option: string): number {
  const [, digits = '', unit = ''] = /^(\d+)\s*([KMGT]iB)?$/.exec(String(value)) ?? [];
  const bytes = digits === '' ? Number.NaN : Number(digits) * units[unit]!;
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw driverErrors.DRV_BAD_OPTION({
    message: `${option} must be a number of bytes above 0, or text like "2GiB", not ${String(value)}`,
    expected: 'bytes, or KiB, MiB, GiB, TiB',
    found: String(value),
  });
}
