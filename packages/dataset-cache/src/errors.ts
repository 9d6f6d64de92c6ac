import { declareErrors } from '@terrane/errors';

/** Errors of dataset caches. */
export const errors = declareErrors('CACHE', {
  CACHE_NOT_A_CACHE: { summary: 'The file is there and is no dataset cache; it is left as it is.' },
  CACHE_TOO_NEW: { summary: 'The cache was written in a later version of the format.' },
  CACHE_DAMAGED: { summary: 'The cache file is damaged, and was not opened for writing it anew.' },
  CACHE_IN_USE: { summary: 'Another process writes this cache.', retry: 'maybe' },
  CACHE_READ_ONLY: { summary: 'The cache was opened read-only.' },
  CACHE_TOO_LARGE: { summary: 'The value is larger than the cache can hold.' },
  CACHE_CLOSED: { summary: 'The cache is closed.' },
  CACHE_CODEC: { summary: 'The codec answers by promise, and the cache answers at once.' },
  CACHE_UNSUPPORTED: { summary: 'The dataset has samples, or an order of them, that chunks cannot have.' },
  CACHE_BAD_DATASET: { summary: 'The dataset answered other than what it says of itself.' },
});
