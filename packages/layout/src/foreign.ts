import { isTerraneError } from '@terrane/errors';
import { errors } from './errors.js';

/** Builds a layout from what came from elsewhere, and may be anything: what trips over it is LAY_DTYPE. */
export function foreign<Result>(what: string, build: () => Result): Result {
  try {
    return build();
  } catch (cause) {
    if (isTerraneError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw errors.LAY_DTYPE({ message: `this is no ${what}: ${reason}`, cause });
  }
}
