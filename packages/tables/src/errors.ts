import { declareErrors } from '@terrane/errors';

/** The error codes of `@terrane/tables`. What the engine or a driver throws comes through with its own code. */
export const errors = declareErrors('TBL', {
  TBL_NO_SUCH_NODE: { summary: 'The file has no node of that path.' },
  TBL_WRONG_CLASS: { summary: 'The node is of another class than asked for.' },
  TBL_BAD_NAME: { summary: 'A node cannot have that name: it is empty, holds a slash, or is reserved.' },
  TBL_BAD_VALUE: {
    summary: 'A value has no form in an HDF5 file: undefined, a function, an object, a ragged array.',
  },
  TBL_UNSUPPORTED: {
    summary: 'The node can be seen but not read by this version; the message says what it is.',
  },
});
