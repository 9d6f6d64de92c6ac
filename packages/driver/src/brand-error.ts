import { isTerraneError } from '@terrane/errors';
import { ioErrors } from './errors.js';

/** Where a failure happened: what {@link brandError} adds. */
export interface Where {
  readonly op: string;
  readonly driver: string;
  readonly target: string;
  readonly offset?: number | undefined;
  readonly length?: number | undefined;
}

/**
 * Gives a driver's failure its context. A typed error keeps its code and what it says already, and gains
 * what it does not say; anything else becomes IO_UNEXPECTED with the original as its cause.
 */
export function brandError(error: unknown, where: Where): Error {
  if (!isTerraneError(error)) {
    const said = error instanceof Error ? error.message : String(error);
    return ioErrors.IO_UNEXPECTED({
      message: `${where.driver}: ${where.op} of ${where.target} failed: ${said}`,
      op: where.op,
      driver: where.driver,
      target: where.target,
      ...(where.offset === undefined ? {} : { offset: where.offset }),
      ...(where.length === undefined ? {} : { length: where.length }),
      cause: error,
    });
  }
  for (const [field, value] of Object.entries(where)) {
    if (value !== undefined && !(field in error)) Object.assign(error, { [field]: value });
  }
  return error;
}
