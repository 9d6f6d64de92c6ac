import { getSystemErrorName } from 'node:util';
import { isTerraneError, type TerraneError } from '@terrane/errors';
import { errors } from './errors.js';

/** Where a system call failed. */
export interface SystemErrorContext {
  readonly op: string;
  readonly target?: string | undefined;
  readonly offset?: number;
  readonly length?: number;
}

const codeOf: Record<string, 'MAP_NO_SPACE' | 'MAP_UNSUPPORTED'> = {
  ENOSPC: 'MAP_NO_SPACE',
  EDQUOT: 'MAP_NO_SPACE',
  ENOMEM: 'MAP_NO_SPACE',
  ENOTSUP: 'MAP_UNSUPPORTED',
  EOPNOTSUPP: 'MAP_UNSUPPORTED',
  ENOSYS: 'MAP_UNSUPPORTED',
};

/** The typed error for what a system call threw; the system's own error, with its `code`, is the cause.
 * A typed error stays what it is. */
export function systemError(error: unknown, context: SystemErrorContext): TerraneError {
  if (isTerraneError(error)) return error;
  const cause = error as NodeJS.ErrnoException;
  if (cause.errno !== undefined && cause.code === undefined) cause.code = nameOf(cause.errno);
  const { op, target, offset, length } = context;
  const code = codeOf[cause.code ?? ''] ?? (op === 'open' ? 'MAP_OPEN' : 'MAP_SYSTEM');
  return errors[code]({
    message: `${op}${target === undefined ? '' : ` ${target}`}: ${cause.code ?? cause.message} (${cause.syscall ?? op})`,
    op,
    cause,
    ...(target === undefined ? {} : { target }),
    ...(offset === undefined ? {} : { offset }),
    ...(length === undefined ? {} : { length }),
  });
}

function nameOf(errno: number): string {
  try {
    return getSystemErrorName(-Math.abs(errno));
  } catch {
    return `E${errno}`;
  }
}
