import type { LockLease } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import type { Engine } from './engine.js';
import { errors } from './errors.js';
import { answer, type Steps } from './steps.js';

/**
 * Keeps other writers out where the driver has locks, unless the caller sees to that.
 *
 * @throws BLK_BUSY when somebody is in the way, and what the driver says of files that cannot be written.
 */
export function* lockForWriting({ file, offset, locked }: Engine): Steps<LockLease | undefined> {
  const { lock, write } = file.manifest.capabilities;
  // Writing nothing makes the driver say it.
  if (!write) yield* answer(file.write(offset, new Uint8Array(0)));
  if (!lock || locked) return undefined;
  try {
    return yield* answer(file.lock('exclusive'));
  } catch (cause) {
    throw isTerraneError(cause, 'IO_LOCKED') ? busy('another process writes it', cause) : cause;
  }
}

/** Runs work that writes a file as a whole, while other writers are kept out. @throws as {@link lockForWriting} */
export function* whileLocked<T>(engine: Engine, work: () => Steps<T>): Steps<T> {
  const lock = yield* lockForWriting(engine);
  try {
    return yield* work();
  } finally {
    lock?.release();
  }
}

/** @returns BLK_BUSY */
export function busy(message: string, cause?: unknown): Error {
  return errors.BLK_BUSY({ message, ...(cause !== undefined && { cause }) });
}
