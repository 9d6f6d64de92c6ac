import {
  type AccessOptions,
  type DriverFile,
  deriveFile,
  type Mode,
  type ReadRequest,
  readManyAsync,
  readManySync,
} from '@terrane/driver';

/** What {@link coalesce} merges. */
export interface CoalesceOptions {
  /** Gaps up to this many bytes are read along; 4096 unless given. */
  readonly gapBytes?: number;
}

/**
 * Merges reads of neighbouring ranges into one: those of a `readMany`, and over promises all reads that are asked for
 * in the same turn.
 */
export function coalesce<M extends Mode>(file: DriverFile<M>, options: CoalesceOptions = {}): DriverFile<M> {
  const { gapBytes = 4096 } = options;
  const { readMany: _, ...capabilities } = file.manifest.capabilities;
  const hints = { ...file.manifest.hints, mergeGapBytes: gapBytes };
  // The file below, as the planner must see it.
  const below = deriveFile(file, { manifest: { hints, capabilities } });
  const manifest = { hints, capabilities: { ...capabilities, readMany: true as const } };
  if (file.mode === 'sync') {
    const readMany = (requests: readonly ReadRequest[], access?: AccessOptions) =>
      readManySync(below as DriverFile<'sync'>, requests, access);
    return deriveFile(file, { manifest, readMany } as object);
  }
  const readMany = (requests: readonly ReadRequest[], access?: AccessOptions) =>
    readManyAsync(below as DriverFile<'async'>, requests, access);
  return deriveFile(file, { manifest, readMany, read: gather(readMany) } as object);
}

interface Waiting {
  readonly request: ReadRequest;
  resolve(count: number): void;
  reject(error: unknown): void;
}

/** A `read` that waits for the rest of the turn, and goes out together with what came meanwhile. */
function gather(readMany: (requests: readonly ReadRequest[], access?: AccessOptions) => Promise<number[]>) {
  let waiting: Waiting[] = [];
  const go = async () => {
    const batch = waiting;
    waiting = [];
    try {
      const counts = await readMany(batch.map(({ request }) => request));
      for (const [index, { resolve }] of batch.entries()) resolve(counts[index]!);
    } catch {
      // One bad range must not fail its neighbours: each is asked for by itself.
      for (const { request, resolve, reject } of batch) {
        readMany([request]).then(([count]) => resolve(count!), reject);
      }
    }
  };
  return (position: number, target: Uint8Array, access: AccessOptions = {}): Promise<number> => {
    const { kind, signal } = access;
    const request = { position, target, ...(kind && { kind }) };
    // What can be aborted goes alone, or it would take others with it.
    if (signal) return readMany([request], access).then(([count]) => count!);
    return new Promise<number>((resolve, reject) => {
      waiting.push({ request, resolve, reject });
      if (waiting.length === 1) queueMicrotask(() => queueMicrotask(go));
    });
  };
}
