/** A chunk of some level. */
export interface ChunkAt {
  readonly level: number;
  readonly at: readonly number[];
}

/**
 * Works on chunks, some at a time, and stops with the first that fails.
 *
 * @throws the signal's reason, and what `work` throws
 */
export async function eachChunk(
  chunks: Iterable<ChunkAt>,
  concurrency: number,
  signal: AbortSignal | undefined,
  work: (chunk: ChunkAt) => Promise<void>,
): Promise<void> {
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new RangeError('concurrency is a whole number from 1 up');
  }
  signal?.throwIfAborted();
  const rest = chunks[Symbol.iterator]();
  let stopped = false;
  const worker = async () => {
    try {
      for (let next = rest.next(); !next.done && !stopped; next = rest.next()) {
        await work(next.value);
        signal?.throwIfAborted();
      }
    } catch (error) {
      stopped = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
