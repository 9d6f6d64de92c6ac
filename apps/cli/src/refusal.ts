import { isTerraneError } from '@terrane/errors';

/** Runs a look at one object. A part of the file that is not read yet must not hide the rest: it is said instead. */
export function orRefusal<T>(look: () => T): T | { readonly refused: string } {
  try {
    return look();
  } catch (error) {
    if (isTerraneError(error, 'TBL_UNSUPPORTED')) return { refused: `no node: ${error.feature}` };
    if (!isTerraneError(error) || !error.code.startsWith('H5_')) throw error;
    return { refused: error.code === 'H5_UNSUPPORTED' ? `not read yet: ${error.feature}` : error.message };
  }
}

/** Whether a look was refused. */
export function isRefused(value: unknown): value is { readonly refused: string } {
  return typeof value === 'object' && value !== null && 'refused' in value;
}
