import { ioErrors } from '@terrane/driver';
import type { ErrorFactory } from '@terrane/errors';

const { IO_NOT_FOUND, IO_EXISTS, IO_PERMISSION, IO_IS_DIRECTORY, IO_LOCKED } = ioErrors;
const { IO_NO_SPACE, IO_OUT_OF_RANGE, IO_CLOSED, IO_UNEXPECTED } = ioErrors;

/** What the system's error names mean to us. */
const meanings: Readonly<Record<string, ErrorFactory<string>>> = {
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
  EBUSY: IO_LOCKED,
  ENOSPC: IO_NO_SPACE,
  EDQUOT: IO_NO_SPACE,
  ENOMEM: IO_NO_SPACE,
  EFBIG: IO_OUT_OF_RANGE,
  EBADF: IO_CLOSED,
};

/** Turns a failure of a system call into a typed error; whatever it does not know is IO_UNEXPECTED. */
export function systemError(cause: unknown, op: string, target: string): Error {
  const code = (cause as { code?: unknown } | null)?.code;
  const make = (typeof code === 'string' && meanings[code]) || IO_UNEXPECTED;
  const said = cause instanceof Error ? cause.message : String(cause);
  return make({ message: `${op} of ${target}: ${said}`, op, target, cause });
}

/** Runs one system call and types its failure; tries again when a signal interrupted it. */
export function system<T>(op: string, target: string, call: () => T): T {
  for (;;) {
    try {
      return call();
    } catch (cause) {
      if ((cause as { code?: unknown } | null)?.code !== 'EINTR') throw systemError(cause, op, target);
    }
  }
}
