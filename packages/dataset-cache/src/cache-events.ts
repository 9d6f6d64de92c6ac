import { type BlockKey, blockKey, type PlainKey } from './block-key.js';

/** Something happened to a value. */
export interface ValueEvent {
  readonly key: BlockKey;
  /** Length of the value: decoded for `hit` and `store`, as it is in the file otherwise; 0 for `miss`. */
  readonly bytes: number;
  /** Milliseconds since it was stored, for `evict` since it was used last; 0 for `store` and `miss`. */
  readonly age: number;
}

/** What was stored is durable, as far as the driver's flush is. */
export interface CommitEvent {
  /** The number of the commit. */
  readonly sequence: number;
  /** Bytes of values that were stored since the one before. */
  readonly bytes: number;
}

/** The cache was damaged where a change needed it, and was made anew: all that it held is gone. */
export interface RenewEvent {
  /** What was found damaged. */
  readonly cause: unknown;
}

/** What a cache tells its listeners, by name. */
export interface CacheEvents {
  hit: ValueEvent;
  miss: ValueEvent;
  store: ValueEvent;
  /** Dropped for the room it took. */
  evict: ValueEvent;
  /** Dropped since its dataset has a newer revision, or a miss since it is too old. */
  stale: ValueEvent;
  /** Not what was stored, and a miss. */
  damage: ValueEvent;
  commit: CommitEvent;
  renew: RenewEvent;
}

type ValueEventName = Exclude<keyof CacheEvents, 'commit' | 'renew'>;
type Listener = (event: never) => void;

const names: readonly (keyof CacheEvents)[] = [
  'hit',
  'miss',
  'store',
  'evict',
  'stale',
  'damage',
  'commit',
  'renew',
];

/** Who wants to hear of what. Where nobody does, an event costs a look into a map. */
export class Listeners {
  readonly #listeners = new Map<keyof CacheEvents, Set<Listener>>();

  /** @returns what ends it. */
  on<Name extends keyof CacheEvents>(name: Name, listener: (event: CacheEvents[Name]) => void): () => void {
    if (!names.includes(name)) throw new TypeError(`no event ${JSON.stringify(name)}: ${names.join(', ')}`);
    if (typeof listener !== 'function') throw new TypeError('a listener is a function');
    const listeners = this.#listeners.get(name) ?? new Set<Listener>();
    // One of its own, so that the same function can listen twice and stop once.
    const own: Listener = (event) => listener(event);
    this.#listeners.set(name, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name);
    };
  }

  value(name: ValueEventName, key: PlainKey, bytes: number, age: number): void {
    const listeners = this.#listeners.get(name);
    if (listeners) tell(listeners, { key: blockKey(key), bytes, age });
  }

  commit(sequence: number, bytes: number): void {
    const listeners = this.#listeners.get('commit');
    if (listeners) tell(listeners, { sequence, bytes });
  }

  renew(cause: unknown): void {
    const listeners = this.#listeners.get('renew');
    if (listeners) tell(listeners, { cause });
  }
}

function tell(listeners: ReadonlySet<Listener>, event: ValueEvent | CommitEvent | RenewEvent): void {
  for (const listener of [...listeners]) {
    try {
      listener(event as never);
    } catch {
      // A listener that fails must not change what the cache does.
    }
  }
}
