import type { Driver, Mode, Resources, Spec } from '@terrane/driver';
import type { Codec } from './codec.js';

/** Options of every open cache. */
export interface CacheOptions<M extends Mode> {
  /** Opens the file: `sec2`, `http`, … */
  readonly driver: Driver<M>;
  /** Options of that driver. */
  readonly driverOptions?: Spec['options'];
  /** What that driver is handed: `flock` for `sec2`, `headers` for `http`. */
  readonly resources?: Resources;
  /** Values older than this many milliseconds are misses. No limit unless given. */
  readonly maximumAge?: number;
  /** Bytes of values, decoded, that attached datasets keep in memory, too; 0 unless given. */
  readonly memoryBytes?: number;
  /** Bytes of index nodes that are kept in memory, 64 KiB or more; 32 MiB unless given. A million values have 85 MiB of them. */
  readonly indexBytes?: number;
  /** How often a value's time of use is worth writing, in milliseconds; 1000 unless given. */
  readonly lastUsedGranularity?: number;
  /** What values are stored with from now on: `deflate`, or your own. As they are, unless given. */
  readonly codec?: Codec;
  /** Codecs for reading, besides that one and `deflate`. What none of them made is a miss. */
  readonly codecs?: readonly Codec[];
  /** Bytes that are stored before they are committed, an eighth of the file at most; a sixteenth, up to 16 MiB, unless given. */
  readonly batchBytes?: number;
  /** The clock, in milliseconds since 1970; `Date.now` unless given. */
  readonly now?: () => number;
}

/** Options of `DatasetFileCache.createOrOpen`. */
export interface CreateOptions<M extends Mode> extends CacheOptions<M> {
  /** The most that the file may ever be long, in bytes, 1 MiB or more. Another one than the file's makes a new cache. 1 GiB unless given. */
  readonly maximumFileSize?: number;
}

/** Options of `DatasetFileCache.open`. */
export interface OpenOptions<M extends Mode> extends CacheOptions<M> {
  /** Any number of processes may read one file. */
  readonly readOnly?: boolean;
}

export const commonOptions: readonly (keyof CacheOptions<Mode>)[] = [
  'driver',
  'driverOptions',
  'resources',
  'maximumAge',
  'memoryBytes',
  'indexBytes',
  'lastUsedGranularity',
  'codec',
  'codecs',
  'batchBytes',
  'now',
];
