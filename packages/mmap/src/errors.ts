import { declareErrors } from '@terrane/errors';

/** The error codes of `@terrane/mmap`. */
export const errors = declareErrors('MAP', {
  MAP_OPEN: { summary: 'The file cannot be opened, or is not one that can be mapped.' },
  MAP_RANGE: { summary: 'The range is not inside the mapping, or not inside the file.' },
  MAP_UNALIGNED: { summary: 'The position is not a multiple of what its use needs.' },
  MAP_SEGMENTED: { summary: 'The range is too long for one ArrayBuffer.' },
  MAP_CLOSED: { summary: 'The mapping, lock or mutex was closed.' },
  MAP_PINNED: { summary: 'The mapping is pinned by somebody who still uses its bytes.', retry: 'maybe' },
  MAP_TORN: {
    summary: 'The file became shorter, or the disk full, under the mapping: some of its bytes are gone.',
  },
  MAP_READ_ONLY: { summary: 'The mapping is for reading only.' },
  MAP_NO_SPACE: { summary: 'The disk, or the memory, is full.', retry: 'maybe' },
  MAP_SYSTEM: { summary: 'The system refused; the cause has its error code.' },
  MAP_STRAY_STORE: { summary: 'Something stored into write-protected pages: they no longer show the file.' },
  MAP_CHANGED: { summary: 'The description no longer leads to the file it was made of.' },
  MAP_LOCKED: {
    summary: 'Somebody else kept the lock for as long as the caller would wait.',
    retry: 'maybe',
  },
  MAP_DEADLOCK: {
    summary: 'The calling thread holds the mutex already, or wants to free one it does not hold.',
  },
  MAP_UNSUPPORTED: { summary: 'This system, or a mapping that is a copy, cannot do it.' },
});
