import { type DriverFile, deriveFile, type Mode, type ReadRequest } from '@terrane/driver';

/** The most that may be under way at a time. */
export interface LimitOptions {
  /** Calls; 8 unless given. */
  readonly concurrency?: number;
  /** Bytes of all calls together; a single call may be larger. No limit unless given. */
  readonly bytes?: number;
}

/** Lets only so many reads and writes of an asynchronous file run at a time; the others wait their turn. A synchronous file has one at a time anyway. */
export function limit<M extends Mode>(file: DriverFile<M>, options: LimitOptions = {}): DriverFile<M> {
  if (file.mode === 'sync') return file;
  const { concurrency = 8, bytes: mostBytes = Number.POSITIVE_INFINITY } = options;
  const waiting: { bytes: number; start: () => void }[] = [];
  let calls = 0;
  let bytesUnderway = 0;
  const startNext = () => {
    const next = waiting[0];
    if (!next || calls >= concurrency) return;
    if (calls > 0 && bytesUnderway + next.bytes > mostBytes) return;
    waiting.shift();
    calls++;
    bytesUnderway += next.bytes;
    next.start();
    startNext();
  };
  const taken = async (bytes: number, call: () => unknown, signal?: AbortSignal): Promise<unknown> => {
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        waiting.splice(waiting.indexOf(turn), 1);
        reject(signal?.reason);
      };
      const start = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const turn = { bytes, start };
      waiting.push(turn);
      signal?.addEventListener('abort', leave, { once: true });
      startNext();
    });
    try {
      return await call();
    } finally {
      calls--;
      bytesUnderway -= bytes;
      startNext();
    }
  };
  const changes: Record<string, unknown> = {};
  for (const op of ['read', 'write', 'readMany'] as const) {
    if (!file[op]) continue;
    const method = file[op] as unknown as (...args: unknown[]) => unknown;
    changes[op] = (...args: unknown[]) => {
      const { signal } = (args[op === 'readMany' ? 1 : 2] ?? {}) as { signal?: AbortSignal };
      const bytes = op === 'readMany' ? sum(args[0]) : (args[1] as Uint8Array).length;
      return taken(bytes, () => method.apply(file, args), signal);
    };
  }
  return deriveFile(file, changes);
}

function sum(requests: unknown): number {
  return (requests as readonly ReadRequest[]).reduce((total, { target }) => total + target.length, 0);
}
