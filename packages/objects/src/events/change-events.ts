import { checkOptions } from '@terrane/errors';
import { Chunks } from '../heap/chunks.js';
import type { LiveObject } from '../live/live-object.js';
import { Realm } from '../realm/realm.js';
import { rootOf } from '../store/root.js';
import { checkPath } from './check-path.js';
import { compareStates } from './compare-states.js';
import { absent } from './parts.js';
import { compilePattern, type PathStep, type PatternState, parsePath } from './path-pattern.js';
import { inRealm, kept, twoStates } from './two-states.js';

/** Something that a commit changed. */
export interface Change {
  /** Names of fields, keys and indexes, from the root or from the object that is watched. */
  readonly path: readonly unknown[];
  /** `insert`: there was nothing at the path; `delete`: there is nothing now; `set`: something else. */
  readonly kind: 'set' | 'insert' | 'delete';
  /** What was there. An object that was freed since comes as plain data, and so does a buffer; others are live. */
  readonly before: unknown;
  /** What is there. */
  readonly after: unknown;
}

/** What a commit was. */
export interface CommitEvent {
  /** How many pages were written. */
  readonly pages: number;
}

/** What happens to a store, with what its listeners are told. */
export interface StoreEvents {
  /** All changes have become durable. */
  commit: CommitEvent;
  /** Changes were forgotten: all since the last commit, or those of a savepoint or transaction. */
  rollback: undefined;
}

/** How changes are watched. */
export interface WatchOptions {
  /** Where the path begins; the root unless given. The watch ends with the object. */
  readonly from?: LiveObject;
  /**
   * Is told what the listener throws, and what makes it impossible to tell the changes (OBJ_DAMAGED). Without it the error
   * becomes an uncaught one of the program, as with event listeners everywhere: a commit that happened never throws it.
   */
  readonly onError?: (error: unknown) => void;
}

interface Watcher {
  readonly pattern: PatternState;
  readonly listener: (changes: readonly Change[]) => void;
  readonly from: LiveObject | undefined;
  readonly onError: (error: unknown) => void;
}

/** Tells listeners after each commit what it changed. Costs nothing while nobody listens, and nothing before the commit. */
export class ChangeEvents {
  readonly #realm: () => Realm;
  readonly #watchers = new Set<Watcher>();
  readonly #listeners = new Map<keyof StoreEvents, Set<(event: never) => void>>();
  /** What was committed before: a snapshot that goes on with each commit. */
  #before: Realm | undefined;
  #generations = 0;
  readonly #waiting: (() => void)[] = [];
  #delivering = false;

  /** @param realm - The store's, which is another one after a compaction. */
  constructor(realm: () => Realm) {
    this.#realm = realm;
  }

  watch(
    path: string | readonly PathStep[],
    listener: Watcher['listener'],
    options: WatchOptions = {},
  ): Disposable {
    checkOptions(options, ['from', 'onError'], 'watch');
    const { from, onError = uncaught } = options;
    checkListener('watch', listener);
    const steps = parsePath(path);
    checkPath(this.#realm(), from, steps);
    const watcher = { pattern: compilePattern(steps), listener, from, onError };
    this.#watchers.add(watcher);
    return {
      [Symbol.dispose]: () => {
        this.#watchers.delete(watcher);
        if (this.#watchers.size === 0) this.#forgetBefore();
      },
    };
  }

  /** Whether anybody watches. */
  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  on<Name extends keyof StoreEvents>(name: Name, listener: (event: StoreEvents[Name]) => void): Disposable {
    checkListener('on', listener);
    if (name !== 'commit' && name !== 'rollback') throw new TypeError(`a store has no event "${name}"`);
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // A listener that is given twice is called twice.
    const mine = (event: StoreEvents[Name]) => listener(event);
    listeners.add(mine);
    return { [Symbol.dispose]: () => void listeners.delete(mine) };
  }

  /** Before a commit: makes sure that the state before it can be seen after it. */
  prepare(): void {
    if (this.#watchers.size === 0 || this.#before) return;
    const { schema, chunks } = this.#realm();
    this.#before = new Realm(new Chunks(chunks.heap.snapshot()), schema);
    this.#generations = -1;
  }

  /** After a commit: tells what it changed. */
  committed(pages: readonly number[]): void {
    if (this.#before) this.#compare(pages);
    this.#tell('commit', { pages: pages.length });
  }

  rolledBack(): void {
    this.#tell('rollback', undefined);
  }

  /** The store shows the same in other places: objects that were watched are gone. */
  replaced(): void {
    this.#forgetBefore();
    for (const watcher of this.#watchers) if (watcher.from) this.#watchers.delete(watcher);
  }

  #compare(pages: readonly number[]): void {
    const before = this.#before!;
    const after = this.#realm();
    const { heap } = after.chunks;
    const states = twoStates(before, after, pages, heap.generations !== this.#generations);
    for (const watcher of this.#watchers) {
      try {
        const { from, pattern } = watcher;
        const [was, is] = from
          ? [inRealm(before, from), inRealm(after, from)]
          : [rootOf(before), rootOf(after)];
        const changes = compareStates(states, was, is, pattern).map((found): Change => {
          const kind = found.before === absent ? 'insert' : found.after === absent ? 'delete' : 'set';
          const now = found.after === absent ? undefined : found.after;
          const path = found.path.map((step) => kept(after, step));
          return { path, kind, before: kept(after, found.before), after: now };
        });
        if (changes.length === 0) continue;
        this.#waiting.push(() => {
          if (this.#watchers.has(watcher)) attempt(() => watcher.listener(changes), watcher.onError);
        });
      } catch (error) {
        this.#waiting.push(() => attempt(() => watcher.onError(error), uncaught));
      }
    }
    before.chunks.heap.advance(pages);
    this.#generations = heap.generations;
    this.#deliver();
  }

  #tell<Name extends keyof StoreEvents>(name: Name, event: StoreEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      this.#waiting.push(() =>
        attempt(() => (listener as (event: StoreEvents[Name]) => void)(event), uncaught),
      );
    }
    this.#deliver();
  }

  /** In order, also when a listener commits. */
  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) next();
    this.#delivering = false;
  }

  #forgetBefore(): void {
    this.#before?.chunks.heap.close();
    this.#before = undefined;
  }
}

function attempt(work: () => void, failed: (error: unknown) => void): void {
  try {
    work();
  } catch (error) {
    try {
      failed(error);
    } catch (another) {
      uncaught(another);
    }
  }
}

function uncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

function checkListener(what: string, listener: unknown): void {
  if (typeof listener !== 'function') throw new TypeError(`${what}: the listener is no function`);
}
