import { driverErrors, ioErrors } from '@terrane/driver';
import type { ErrorFactory } from '@terrane/errors';

const { IO_NOT_FOUND, IO_EXISTS, IO_PERMISSION, IO_IS_DIRECTORY } = ioErrors;
const { IO_NO_SPACE, IO_OUT_OF_RANGE, IO_CHANGED } = ioErrors;

/** What the codes of a mapping, and of the system beneath it, mean to users of a driver. */
const meanings: Readonly<Record<string, ErrorFactory<string>>> = {
  MAP_TORN: IO_CHANGED,
  MAP_NO_SPACE: IO_NO_SPACE,
  MAP_UNSUPPORTED: driverErrors.DRV_DEPENDENCY_MISSING,
  ENOENT: IO_NOT_FOUND,
  ENOTDIR: IO_NOT_FOUND,
  ENAMETOOLONG: IO_NOT_FOUND,
  ELOOP: IO_NOT_FOUND,
  EEXIST: IO_EXISTS,
  EACCES: IO_PERMISSION,
  EPERM: IO_PERMISSION,
  EROFS: IO_PERMISSION,
  ETXTBSY: IO_PERMISSION,
  EISDIR: IO_IS_DIRECTORY,
  ENOSPC: IO_NO_SPACE,
  EDQUOT: IO_NO_SPACE,
  EFBIG: IO_OUT_OF_RANGE,
};

/** Runs a call on a file or its mapping; a failure comes out with the contract's code, the original as its cause. */
export function typed<T>(op: string, target: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw typedError(cause, op, target);
  }
}

function typedError(cause: unknown, op: string, target: string): unknown {
  const { code, message, hint } = cause as { code?: string; message?: string; hint?: string };
  const below = (cause as { cause?: { code?: string } }).cause?.code;
  const make = meanings[code ?? ''] ?? meanings[below ?? ''];
  if (make === undefined) return cause;
  return make({
    message: `${op} of ${target}: ${message}`,
    op,
    target,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}
