/** What happened in a cache since it was opened. */
export interface CacheCounters {
  hits: number;
  misses: number;
  /** Chunks of attached datasets that were still in memory; they are no hits of the file. */
  memoryHits: number;
  /** Bytes of hits, decoded. */
  hitBytes: number;
  /** How long ago the hits' values had been stored, in milliseconds, added up. */
  hitAge: number;
  /** Bytes stored: as they were given, and as they are in the file. */
  storedBytes: number;
  encodedBytes: number;
  evictions: number;
  evictedBytes: number;
  /** How long ago the evicted values had been used, in milliseconds, added up. */
  evictedAge: number;
  /** Values that were dropped since their dataset has a newer revision, or were misses since they were too old. */
  stale: number;
  /** Values that were there and not what was stored, and were taken for misses. */
  damaged: number;
  /** Values that were there in an encoding that is not known here, and were taken for misses. */
  unknownEncodings: number;
  /** How often the cache was made anew, since it was damaged where a change needed it. */
  renewals: number;
  /** What the cache could not do for an attached dataset, which gave the chunk all the same; commits for `stat`, too. */
  failures: number;
}

/** All zeros. */
export function newCounters(): CacheCounters {
  return {
    hits: 0,
    misses: 0,
    memoryHits: 0,
    hitBytes: 0,
    hitAge: 0,
    storedBytes: 0,
    encodedBytes: 0,
    evictions: 0,
    evictedBytes: 0,
    evictedAge: 0,
    stale: 0,
    damaged: 0,
    unknownEncodings: 0,
    renewals: 0,
    failures: 0,
  };
}
