import { declareErrors } from '@terrane/errors';

/** Errors of block storages and of the indexes in them. */
export const errors = declareErrors('BLK', {
  BLK_NOT_A_STORAGE: { summary: 'There is no block storage at this place of the file.' },
  BLK_TOO_NEW: { summary: 'The storage was written in a later version of the format.' },
  BLK_DAMAGED: {
    summary: 'A structure of the storage is not what its checksum, its place or its parent says.',
  },
  BLK_NO_BLOCK: { summary: 'There is no block of that id, or no longer.' },
  BLK_NOT_WRITING: { summary: 'The call changes the storage, and write access was not begun.' },
  BLK_BUSY: { summary: 'Somebody else has write access.', retry: 'maybe' },
  BLK_CHANGED: {
    summary:
      'Somebody else committed since the state this writer began with; its own changes are not committed.',
  },
  BLK_OVERTAKEN: {
    summary: 'A writer went on so far that the state being read is gone; begin again reads the latest.',
    retry: 'maybe',
  },
  BLK_NOT_EMPTY: { summary: 'The file that a storage is to be compacted into has bytes already.' },
  BLK_FULL: {
    summary:
      'The storage would grow beyond the limit it was opened with, or beyond what the format can count.',
  },
  BLK_TOO_MANY_WORDS: { summary: 'The commit record has no room for another word outside of the storage.' },
});
