import { checked, type DriverFile, type Mode } from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import { unitBytes } from './block-entry.js';
import { pageBytes } from './bytes.js';
import { checkCount } from './check-count.js';
import { mostRangeBytes } from './commit-record.js';
import { Engine } from './engine.js';
import { NodeCache } from './node-cache.js';

/** How a storage is opened or created. */
export interface StorageOptions {
  /** Where in the file its header begins: a multiple of 64; 0 unless given. */
  readonly offset?: number;
  /** The most that the file may ever be long, in bytes, also during a commit. No limit unless given. */
  readonly limit?: number;
  /** Nobody else writes the file while it is open here. Spares a look at the commit records with every read. */
  readonly alone?: boolean;
  /**
   * The caller holds an exclusive lock on the file for as long as the storage is open, so that creating and writing take
   * none.
   */
  readonly locked?: boolean;
  /** How many tree nodes of 4096 bytes are kept in memory, those of its indexes among them; 4096 unless given. */
  readonly cachedNodes?: number;
  /** Keeps the nodes, instead, for several storages within one budget. */
  readonly nodeCache?: NodeCache;
  /**
   * Commits that wrote up to so many bytes are made durable with one flush instead of two; the next opening after a loss
   * of power looks into all of these bytes. 1 MiB unless given; 0 for always two.
   */
  readonly oneFlushBytes?: number;
}

/** How a storage is created. */
export interface CreateOptions extends StorageOptions {
  /**
   * Where the numbers of commits go on, 0 unless given. A file that is made anew while others read it goes on two or more
   * after what it was, so that they notice.
   */
  readonly after?: number;
}

const optionNames = ['offset', 'limit', 'alone', 'locked', 'cachedNodes', 'nodeCache', 'oneFlushBytes'];

/** @throws TypeError, RangeError for options that are none. */
export function makeEngine(given: DriverFile<Mode>, options: StorageOptions): Engine {
  checkOptions(options, optionNames, 'BlockStorage');
  const {
    offset = 0,
    limit = Number.MAX_SAFE_INTEGER,
    cachedNodes = 4096,
    oneFlushBytes = 1 << 20,
  } = options;
  checkCount(offset, 'offset');
  checkCount(limit, 'limit');
  checkCount(oneFlushBytes, 'oneFlushBytes');
  if (oneFlushBytes > mostRangeBytes) throw new RangeError('oneFlushBytes is at most 1 GiB');
  if (offset % unitBytes !== 0) throw new RangeError(`offset must be a multiple of ${unitBytes}`);
  const nodes = options.nodeCache ?? new NodeCache(cachedNodes * pageBytes);
  const file = checked(given);
  const alone = options.alone ?? file.manifest.guarantees.immutable === true;
  return new Engine(file, { offset, limit, alone, locked: options.locked === true, nodes, oneFlushBytes });
}
