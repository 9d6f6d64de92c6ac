import { declareErrors } from '@terrane/errors';

/** Errors of object stores and of the importer for ptypes files. */
export const errors = declareErrors('OBJ', {
  OBJ_NOT_A_STORE: { summary: 'The file holds no object store.' },
  OBJ_TOO_NEW: { summary: 'The store was written in a later version of the format.' },
  OBJ_DAMAGED: { summary: 'Something in the store is not what its checksum, its place or its type says.' },
  OBJ_SCHEMA: { summary: 'The declaration of a schema does not hold together.' },
  OBJ_SCHEMA_DIFFERS: {
    summary:
      'The schema of the file cannot serve the one that was declared; the message names each difference.',
  },
  OBJ_FREED: {
    summary: 'The object is gone: it was freed, or the transaction that made it was rolled back.',
  },
  OBJ_CLOSED: {
    summary:
      'The store or snapshot was closed, or shows another commit by now; its objects cannot be used any more.',
  },
  OBJ_FOREIGN: { summary: 'The object belongs to another store; only plain values can be copied across.' },
  OBJ_READ_ONLY: { summary: 'The store was opened read-only, or it is a snapshot.' },
  OBJ_UNCOMMITTED: { summary: 'There are changes that were neither committed nor rolled back.' },
  OBJ_UNCERTAIN: {
    summary:
      'An earlier commit failed so that nobody knows whether it happened; opening the store again tells.',
  },
  OBJ_CONFLICT: {
    summary:
      'Another writer committed to the same file, which no lock prevented; nothing was committed on top of it.',
  },
  OBJ_NOT_EMPTY: { summary: 'The file that should become a copy holds something already.' },
  OBJ_IN_USE: { summary: 'Buffers of the store are still viewed; the message names them.' },
  OBJ_TOO_LARGE: { summary: 'One object, or the whole store, would be larger than the format allows.' },
  OBJ_IMPORT: {
    summary: 'A line of an export is not what the store that should take it wants; the message says where.',
  },
  OBJ_DUPLICATE: { summary: 'Another object has that key already, and the index or list is unique.' },
  OBJ_CHANGED: { summary: 'The collection changed while it was being iterated, so that it cannot go on.' },
});
