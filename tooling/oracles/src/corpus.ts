import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the HDF5 library's own test files, when it lies beside the project; the project has no copy. */
export function corpus(): string | undefined {
  const path = fileURLToPath(new URL('../../../../shared/corpus/hdf5-official', import.meta.url));
  return existsSync(path) ? path : undefined;
}
