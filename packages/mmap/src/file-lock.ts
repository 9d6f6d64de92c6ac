import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkOptions } from '@terrane/errors';
import { errors } from './errors.js';
import { byteCount, oneOf } from './map-options.js';
import { type LockHandle, type NativeAddon, native, type RegionHandle } from './native-binding.js';
import { systemError } from './system-error.js';

/** Which lock to take. */
export interface TryLockOptions {
  /** `"exclusive"` unless given; many may hold a `"shared"` lock at once. */
  readonly kind?: 'shared' | 'exclusive';
  /** First byte of the range, 0 unless given. */
  readonly offset?: number | bigint;
  /** Bytes in the range; to the end of the file, however far that moves, unless given. */
  readonly length?: number | bigint;
  /**
   * Whom the lock keeps out. `"range"`, unless given: everybody who uses fcntl, lockf or LockFileEx.
   * `"flock"`: everybody who uses flock(2), such as flock(1) and HDF5; always the whole file. On Windows they are one.
   */
  readonly style?: 'range' | 'flock';
}

/** Which lock to wait for, and how long. */
export interface LockOptions extends TryLockOptions {
  /** Milliseconds to wait: for ever unless given. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** A lock that is held. It ends by `release`, by forgetting it, and when its process ends. */
export interface FileLock extends Disposable, AsyncDisposable {
  readonly kind: 'shared' | 'exclusive';
  /** Ends the lock. Releasing twice is harmless. */
  release(): void;
}

/** What can be locked: a path, an open descriptor, or the file behind a mapping. */
export type LockSource = string | number | { readonly region: RegionHandle; readonly target?: string };

interface Wanted {
  readonly kind: 'shared' | 'exclusive';
  readonly whole: boolean;
  readonly offset: number;
  readonly length: number;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

const tryOptions = ['kind', 'offset', 'length', 'style'] as const satisfies (keyof TryLockOptions)[];
const lockOptions = [...tryOptions, 'timeout', 'signal'] as const satisfies (keyof LockOptions)[];

/**
 * Takes a lock if it is free; `undefined` when somebody else has it.
 *
 * @throws MAP_OPEN when the file cannot be opened (an exclusive lock has to open it for writing),
 *   MAP_UNSUPPORTED where there is no addon.
 */
export function tryLockFile(source: LockSource, options?: TryLockOptions): FileLock | undefined {
  checkOptions(options, tryOptions, 'tryLockFile');
  const wanted = check(options);
  const attempt = open(source, wanted);
  if (attempt.take()) return attempt.lock;
  attempt.lock.release();
  return undefined;
}

/**
 * Waits for a lock.
 *
 * @throws MAP_LOCKED when the timeout is over; rejects with `signal.reason` when aborted; otherwise as {@link tryLockFile}.
 */
export async function lockFile(source: LockSource, options?: LockOptions): Promise<FileLock> {
  checkOptions(options, lockOptions, 'lockFile');
  const wanted = check(options);
  wanted.signal?.throwIfAborted();
  const attempt = open(source, wanted);
  const end = performance.now() + wanted.timeout;
  try {
    // Asking again costs a microsecond, and can be given up at any time; a thread that waits in the kernel cannot.
    for (let pause = 1; !attempt.take(); pause = Math.min(pause * 2, 50)) {
      const left = end - performance.now();
      if (left <= 0) throw locked(source, wanted);
      await sleep(Math.min(pause, left), undefined, wanted.signal ? { signal: wanted.signal } : {});
    }
  } catch (error) {
    attempt.lock.release();
    wanted.signal?.throwIfAborted();
    throw error;
  }
  return attempt.lock;
}

function check(options: LockOptions = {}): Wanted {
  const { kind = 'exclusive', offset = 0, length, style = 'range', timeout, signal } = options;
  const whole = oneOf(style, ['range', 'flock'], 'style') === 'flock';
  if (whole && (options.offset !== undefined || length !== undefined)) {
    throw new TypeError('a lock of style "flock" is on the whole file: it takes no offset and no length');
  }
  if (length !== undefined && Number(length) === 0) throw new RangeError('length must be at least 1');
  if (timeout !== undefined && !(timeout >= 0))
    throw new RangeError(`timeout must be 0 or more, not ${timeout}`);
  return {
    kind: oneOf(kind, ['shared', 'exclusive'], 'kind'),
    whole,
    offset: byteCount(offset, 'offset'),
    length: length === undefined ? 0 : byteCount(length, 'length'),
    timeout: timeout ?? Number.POSITIVE_INFINITY,
    signal,
  };
}

/** A file opened for one lock, which is not taken yet. */
function open(source: LockSource, wanted: Wanted): { lock: FileLock; take: () => boolean } {
  const loaded = addon();
  const { binding } = loaded;
  const target = targetOf(source);
  const handle = openFor(loaded, source, target, wanted.kind === 'exclusive');
  let held = true;
  const release = () => {
    if (held) binding.lockClose(handle);
    held = false;
  };
  const lock: FileLock = {
    kind: wanted.kind,
    release,
    [Symbol.dispose]: release,
    [Symbol.asyncDispose]: async () => release(),
  };
  const take = () => {
    try {
      const { whole, offset, length, kind } = wanted;
      if (binding.lockTry(handle, whole, offset, length, kind === 'exclusive')) return true;
    } catch (error) {
      release();
      throw systemError(error, { op: 'lock', target });
    }
    return false;
  };
  return { lock, take };
}

function openFor(
  { binding, system }: NativeAddon,
  source: LockSource,
  target: string,
  write: boolean,
): LockHandle {
  try {
    if (typeof source === 'object') return binding.lockOpen(source.region, write);
    if (typeof source === 'number') return binding.lockOpen(source, write);
    // Not to block on a FIFO.
    const flags = (write ? constants.O_RDWR : constants.O_RDONLY) | (constants.O_NONBLOCK ?? 0);
    const descriptor = openSync(source, flags);
    const handle = binding.lockTake(descriptor);
    if (!system.takesDescriptors) closeSync(descriptor);
    return handle;
  } catch (error) {
    throw systemError(error, { op: 'open', target });
  }
}

function addon(): NativeAddon {
  if (native.binding !== undefined) return native;
  throw errors.MAP_UNSUPPORTED({ message: `no file can be locked here: ${native.reason}`, op: 'lock' });
}

function targetOf(source: LockSource): string {
  if (typeof source === 'object') return source.target ?? 'a mapping';
  if (typeof source === 'number' && Number.isInteger(source) && source >= 0) return `descriptor ${source}`;
  if (typeof source === 'string' && source !== '') return source;
  throw new TypeError('a lock takes a path or a descriptor');
}

function locked(source: LockSource, { timeout, kind }: Wanted) {
  return errors.MAP_LOCKED({
    message: `no ${kind} lock within ${timeout} ms`,
    op: 'lock',
    target: targetOf(source),
  });
}
