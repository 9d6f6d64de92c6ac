import type { CheckedFile, Mode, Out, ReadRequest } from '@terrane/driver';
import { type MetadataStore, MISS } from './metadata-store.js';

/** Restarts after which an attempt is taken for endless: each brought pages, yet none was enough. */
const maxRestarts = 10_000;

/**
 * Runs restartable code over a store, fetching what it misses, all misses of one attempt in one call. The two
 * modes differ by a loop with and without `await`; everything above is written once.
 */
export class Runner<M extends Mode> {
  readonly #active = new Set<{ readonly since: number }>();

  constructor(
    readonly handle: CheckedFile<M>,
    readonly store: MetadataStore,
  ) {}

  run<T>(attempt: () => T): Out<M, T> {
    return (this.handle.mode === 'sync' ? this.#runSync(attempt) : this.#runAsync(attempt)) as Out<M, T>;
  }

  #runSync<T>(attempt: () => T): T {
    const operation = this.#begin();
    try {
      for (let restarts = 0; ; restarts++) {
        const result = this.#try(attempt);
        if (result !== MISS) return result;
        const requests = this.#missing(restarts);
        try {
          this.#fill(requests, this.handle.readMany(requests) as number[]);
        } finally {
          this.#finish(requests);
        }
      }
    } finally {
      this.#end(operation);
    }
  }

  async #runAsync<T>(attempt: () => T): Promise<T> {
    const operation = this.#begin();
    try {
      for (let restarts = 0; ; restarts++) {
        const result = this.#try(attempt);
        if (result !== MISS) return result;
        const requests = this.#missing(restarts);
        try {
          this.#fill(requests, await this.handle.readMany(requests));
        } finally {
          this.#finish(requests);
        }
      }
    } finally {
      this.#end(operation);
    }
  }

  /** One attempt: its changes stand if it ends well, and are undone if it misses something or fails. */
  #try<T>(attempt: () => T): T | typeof MISS {
    const { store } = this;
    store.beginAttempt();
    try {
      const value = attempt();
      store.commitAttempt();
      return value;
    } catch (error) {
      store.rollbackAttempt();
      if (error === MISS) return MISS;
      throw error;
    }
  }

  #missing(restarts: number): ReadRequest[] {
    const requests = this.store.cache.takeRequests();
    if (requests.length === 0 || restarts >= maxRestarts) {
      throw new Error(`a restartable operation made no progress after ${restarts} restarts`);
    }
    return requests;
  }

  #fill(requests: readonly ReadRequest[], counts: readonly number[]): void {
    for (const [index, request] of requests.entries()) this.store.cache.fill(request, counts[index]!);
  }

  #finish(requests: readonly ReadRequest[]): void {
    for (const request of requests) this.store.cache.finish(request);
  }

  #begin(): { readonly since: number } {
    const operation = { since: this.store.cache.clock + 1 };
    this.#active.add(operation);
    return operation;
  }

  /** Pages that operations in flight have used stay until these end. */
  #end(operation: { readonly since: number }): void {
    this.#active.delete(operation);
    let oldest = this.store.cache.clock + 1;
    for (const { since } of this.#active) oldest = Math.min(oldest, since);
    this.store.cache.trim(oldest);
  }
}
