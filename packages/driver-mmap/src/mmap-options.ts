import { driverErrors, type Spec } from '@terrane/driver';
import type { MapOptions } from '@terrane/mmap';

/** The options of the driver, which are those of a mapping. */
export type MmapOptions = Pick<MapOptions, 'reserve' | 'sparse' | 'strict' | 'populate' | 'kind'>;

const isFlag = (value: unknown) => typeof value === 'boolean';
const kinds = ['mapped', 'copied'];

/** What every option has to be. */
const rules: Readonly<Record<keyof MmapOptions, readonly [string, (value: unknown) => boolean]>> = {
  reserve: ['a whole number of bytes', (value) => Number.isSafeInteger(value) && (value as number) >= 0],
  sparse: ['true or false', isFlag],
  strict: ['true or false', isFlag],
  populate: ['true or false', isFlag],
  kind: ['"mapped" or "copied"', (value) => kinds.includes(value as string)],
};

export const optionNames: readonly string[] = Object.keys(rules);

/** @throws DRV_BAD_OPTION for a value that an option cannot have, or not in this mode. */
export function readOptions({ options = {}, mode = 'r' }: Spec): MmapOptions {
  for (const [name, [expected, isGood]] of Object.entries(rules)) {
    const value = options[name];
    if (value === undefined || isGood(value)) continue;
    const message = `mmap: ${name} must be ${expected}`;
    throw driverErrors.DRV_BAD_OPTION({ message, expected, found: String(value) });
  }
  const read: MmapOptions = options;
  if (read.strict && mode !== 'r') {
    const message = 'mmap: strict protects files that are open for reading; they are stored into otherwise';
    throw driverErrors.DRV_BAD_OPTION({ message, expected: 'mode r with strict', found: `mode ${mode}` });
  }
  return read;
}
