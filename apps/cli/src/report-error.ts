import { isTerraneError } from '@terrane/errors';

/** Says what went wrong on standard error, in one or two lines without a stack, and answers the exit status. */
export function reportError(error: unknown): number {
  if (isTerraneError(error)) {
    process.stderr.write(`terrane: ${error.message} [${error.code}]\n`);
    if (error.hint !== undefined) process.stderr.write(`  hint: ${error.hint}\n`);
    return 1;
  }
  if (error instanceof TypeError || error instanceof RangeError) {
    process.stderr.write(`terrane: ${error.message}\n`);
    return 2;
  }
  throw error;
}
