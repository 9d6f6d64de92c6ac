/**
 * Does the work for every item, some at a time, and answers the results in the order of the items. When one fails, the
 * others' signal is aborted, and all have ended when this rejects.
 */
export async function inPool<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failure = new AbortController();
  let next = 0;
  const worker = async () => {
    while (next < items.length && !failure.signal.aborted) {
      const index = next++;
      results[index] = await work(items[index]!, failure.signal);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, () =>
    worker().catch((error: unknown) => failure.abort(error)),
  );
  await Promise.all(workers);
  failure.signal.throwIfAborted();
  return results;
}
