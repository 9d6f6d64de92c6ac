import { checkOptions } from '@terrane/errors';
import { present } from './absent.js';
import { blockLength, type ElementStore } from './element-store.js';

/** Takes elements block by block; several of them can share one pass over a file. */
export interface Consumer<T> {
  /** Elements that are doubles, none of them missing, unless {@link places} is set. */
  doubles?(block: Float64Array, start: number): void;
  /** Whether blocks must come as they are, so that places in them are places in the file: missing values included. */
  readonly places?: boolean;
  /** So many missing values were left out of a block. */
  missing?(count: number): void;
  /** Any others, one by one. */
  element(value: T, index: number): void;
}

/** Options of everything that reads whole vectors and does not block the program meanwhile. */
export interface ScanOptions {
  /** Ends the work: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called now and then with elements done and elements in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a scan must be sure of while other code runs, too: that the file is there and stays mapped. */
export interface Guard {
  /** Throws when the bytes cannot be trusted any more. */
  check(): void;
  withPin<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Blocks between two breaths of an asynchronous scan: about a millisecond's work. */
const breath = 64;

/** Reads all elements, in order. */
export function scan<T>(store: ElementStore<T>, guard: Guard, consumer: Consumer<T>): void {
  for (const _ of blocks(store, consumer)) {
    // All the work is in the generator.
  }
  guard.check();
}

/** As {@link scan}, letting other code run in between. */
export async function scanAsync<T>(
  store: ElementStore<T>,
  guard: Guard,
  consumer: Consumer<T>,
  options: ScanOptions = {},
): Promise<void> {
  checkOptions(options, ['signal', 'onProgress'], 'scan');
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  await guard.withPin(async () => {
    let count = 0;
    for (const done of blocks(store, consumer)) {
      if (++count % breath !== 0) continue;
      onProgress?.(done, store.length);
      await new Promise<void>((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      guard.check();
    }
    guard.check();
    onProgress?.(store.length, store.length);
  });
}

/** Hands out blocks and tells after each how many elements are done. */
function* blocks<T>(store: ElementStore<T>, consumer: Consumer<T>): Generator<number> {
  const hand =
    consumer.doubles !== undefined && store.doubles !== undefined ? doublesOf(store, consumer) : undefined;
  for (let start = 0; start < store.length; start += blockLength) {
    const count = Math.min(blockLength, store.length - start);
    if (hand !== undefined) hand(start, count);
    else for (let i = start; i < start + count; i++) consumer.element(store.get(i), i);
    yield start + count;
  }
}

/** Reads a block of doubles and hands it on, without missing values unless places count. */
function doublesOf<T>(store: ElementStore<T>, consumer: Consumer<T>): (start: number, count: number) => void {
  const scratch = new Float64Array(blockLength);
  const { absent } = store;
  if (absent === undefined || consumer.places === true) {
    return (start, count) => consumer.doubles?.(store.doubles!(start, count, scratch), start);
  }
  const kept = new Float64Array(blockLength);
  return (start, count) => {
    const there = present(store.doubles!(start, count, scratch), absent, kept);
    if (there.length < count) consumer.missing?.(count - there.length);
    if (there.length > 0) consumer.doubles?.(there, start);
  };
}
