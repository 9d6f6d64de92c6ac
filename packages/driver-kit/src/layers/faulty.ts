import { type DriverFile, ioErrors, type Mode } from '@terrane/driver';
import { type Operation, wrapFile } from './wrap-file.js';

/** When and how a {@link faulty} file fails. */
export interface Fault {
  /** Which operation; all but `close` unless given. */
  readonly op?: Operation;
  /** How many calls go well first; 0 unless given. */
  readonly after?: number;
  /** How many then fail: `1` is transient, `Infinity` (the default) persistent. */
  readonly times?: number;
  /** What is thrown; an IO_UNEXPECTED that may be tried again unless given. */
  readonly error?: () => unknown;
}

/** A file that fails as told, before the call reaches the file below. */
export function faulty<M extends Mode>(file: DriverFile<M>, fault: Fault = {}): DriverFile<M> {
  const { op: only, after = 0, times = Number.POSITIVE_INFINITY, error = madeUp } = fault;
  let calls = 0;
  return wrapFile(file, (op, _, call) => {
    const concerned = only ? op === only : op !== 'close';
    if (!concerned) return call();
    calls++;
    if (calls <= after || calls > after + times) return call();
    if (file.mode === 'async' && op !== 'view') return Promise.reject(error());
    throw error();
  });
}

function madeUp(): Error {
  return ioErrors.IO_UNEXPECTED({ message: 'a made-up fault' });
}
