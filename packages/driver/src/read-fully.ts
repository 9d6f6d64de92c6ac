import type { AccessOptions, DriverFile } from './driver-file.js';
import { driverErrors } from './errors.js';

/**
 * Reads on after a short count until `target` is full or the file ends, so that a driver may answer with
 * less than was asked, as a socket or a pipe does.
 *
 * @throws DRV_CONTRACT_BROKEN when the counts are not counts, or the file ends before the size it names.
 */
export function readFullySync(
  file: DriverFile<'sync'>,
  position: number,
  target: Uint8Array,
  options: AccessOptions | undefined,
): number {
  let done = checkCount(file, file.read(position, target, options), target.length);
  let last = done;
  let stalled = false;
  while (done < target.length) {
    const size = checkSize(file, file.size());
    if (position + done >= size) return done;
    // Once may be somebody else's doing: the file was shorter when it was read than when it was asked for its size.
    if (last === 0 && stalled) throw endsEarly(file, position + done, size);
    stalled = last === 0;
    const rest = target.subarray(done);
    last = checkCount(file, file.read(position + done, rest, options), rest.length);
    done += last;
  }
  return done;
}

/** {@link readFullySync} over promises. */
export async function readFullyAsync(
  file: DriverFile<'async'>,
  position: number,
  target: Uint8Array,
  options: AccessOptions | undefined,
): Promise<number> {
  let done = checkCount(file, await file.read(position, target, options), target.length);
  let last = done;
  let stalled = false;
  while (done < target.length) {
    const size = checkSize(file, await file.size());
    if (position + done >= size) return done;
    // Once may be somebody else's doing: the file was shorter when it was read than when it was asked for its size.
    if (last === 0 && stalled) throw endsEarly(file, position + done, size);
    stalled = last === 0;
    const rest = target.subarray(done);
    last = checkCount(file, await file.read(position + done, rest, options), rest.length);
    done += last;
  }
  return done;
}

/** @throws DRV_CONTRACT_BROKEN unless `count` is a whole number from 0 to `most`. */
export function checkCount(file: DriverFile, count: number, most: number, op = 'read'): number {
  if (Number.isSafeInteger(count) && count >= 0 && count <= most) return count;
  throw broken(file, op, `a count from 0 to ${most}`, String(count));
}

/** @throws DRV_CONTRACT_BROKEN unless `size` is a whole number from 0 to 2^53 − 1. */
export function checkSize(file: DriverFile, size: number): number {
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw broken(file, 'size', 'a size from 0 to 2^53 - 1', String(size));
}

/** The one shape of complaint about a driver's answer. */
export function broken(file: DriverFile, op: string, expected: string, found: string): Error {
  const { driver, target } = file.manifest;
  return driverErrors.DRV_CONTRACT_BROKEN({
    message: `${driver}: ${op} of ${target} answered ${found} where the contract wants ${expected}`,
    op,
    driver,
    target,
    expected,
    found,
  });
}

function endsEarly(file: DriverFile, end: number, size: number): Error {
  return broken(file, 'read', `bytes up to the size it names, ${size}`, `an end of file at ${end}`);
}
