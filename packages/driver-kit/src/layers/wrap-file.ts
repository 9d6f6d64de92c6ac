import type { DriverFile, Mode } from '@terrane/driver';

/** The operations of a file, as a fault or a count names them. */
export type Operation = Exclude<keyof DriverFile, 'mode' | 'manifest'>;

const operations: readonly Operation[] = [
  'size',
  'read',
  'write',
  'truncate',
  'flush',
  'view',
  'readMany',
  'lock',
  'driverInfo',
  'close',
];

/**
 * A file like another one, whose calls all go through `around`. Only what the file has is there.
 *
 * @param around - Gets the operation, its arguments, and a function that makes the call.
 */
export function wrapFile<M extends Mode>(
  file: DriverFile<M>,
  around: (op: Operation, args: readonly unknown[], call: () => unknown) => unknown,
): DriverFile<M> {
  const wrapped: Record<string, unknown> = { mode: file.mode, manifest: file.manifest };
  for (const op of operations) {
    const method = file[op] as ((...args: unknown[]) => unknown) | undefined;
    if (!method) continue;
    wrapped[op] = (...args: unknown[]) => around(op, args, () => method.apply(file, args));
  }
  return wrapped as unknown as DriverFile<M>;
}
