import { type DriverFile, deriveFile, isPromise, type Mode } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';

/** How often and how patiently {@link retry} tries again. */
export interface RetryOptions {
  /** Attempts after the first; 3 unless given. */
  readonly retries?: number;
  /** Wait before the first new attempt, in milliseconds, doubled every time; 100 unless given. Synchronous files do not wait. */
  readonly delay?: number;
}

/**
 * Tries again what failed with an error that says it may help (`retry: "maybe"`). All operations are positional, so
 * doing one twice is the same as doing it once. What fails to the end says so: `retry: "exhausted"`.
 */
export function retry<M extends Mode>(file: DriverFile<M>, options: RetryOptions = {}): DriverFile<M> {
  const { retries = 3, delay = 100 } = options;
  const changes: Record<string, unknown> = {};
  for (const op of ['size', 'read', 'write', 'truncate', 'flush', 'readMany'] as const) {
    if (!file[op]) continue;
    const method = file[op] as unknown as (...args: unknown[]) => unknown;
    changes[op] = (...args: unknown[]) => {
      const call = () => method.apply(file, args);
      const { signal } = (args.at(-1) ?? {}) as { signal?: AbortSignal };
      return file.mode === 'sync' ? again(call, retries) : againLater(call, retries, delay, signal);
    };
  }
  return deriveFile(file, changes);
}

function again(call: () => unknown, retries: number): unknown {
  for (let left = retries; ; left--) {
    try {
      return call();
    } catch (error) {
      if (!mayHelp(error, left)) throw error;
    }
  }
}

/** Calls until it succeeds, or trying again cannot help. @throws what the last attempt failed with */
export async function againLater(
  call: () => unknown,
  retries: number,
  delay: number,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  for (let left = retries, wait = delay; ; left--, wait *= 2) {
    try {
      const result = call();
      return isPromise(result) ? await result : result;
    } catch (error) {
      signal?.throwIfAborted();
      if (!mayHelp(error, left)) throw error;
      await pause(wait, signal);
    }
  }
}

function mayHelp(error: unknown, left: number): boolean {
  if (!isTerraneError(error) || error.retry !== 'maybe') return false;
  if (left > 0) return true;
  Object.assign(error, { retry: 'exhausted' });
  return false;
}

/** Waits, but not longer than somebody still wants the answer. */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
