import { declareErrors } from '@terrane/errors';

/** Errors of reading, writing and opening bytes, whatever the driver. */
export const ioErrors = declareErrors('IO', {
  IO_NOT_FOUND: { summary: 'There is nothing of that name, and the mode does not create it.' },
  IO_EXISTS: { summary: 'There is something of that name already, and the mode must not replace it.' },
  IO_PERMISSION: { summary: 'The system, or a server, does not allow it.' },
  IO_IS_DIRECTORY: { summary: 'The name is that of a directory, not of a file.' },
  IO_LOCKED: { summary: 'Somebody else holds a lock that is in the way.', retry: 'maybe' },
  IO_CLOSED: { summary: 'The file is closed, or is being closed.' },
  IO_READ_ONLY: { summary: 'The file was opened read-only, or its driver cannot write.' },
  IO_UNSUPPORTED: { summary: 'The file does not offer this operation; its manifest does not declare it.' },
  IO_OUT_OF_RANGE: { summary: 'The range lies beyond what this file, or any file, can hold.' },
  IO_NO_SPACE: { summary: 'The disk, the quota or the memory is exhausted.', retry: 'maybe' },
  IO_CHANGED: { summary: 'Somebody else changed the file underneath since it was opened.' },
  IO_LEASE_ENDED: { summary: 'The bytes on loan were released, or the file was cut or closed under them.' },
  IO_HUNG: { summary: 'The driver did not finish work that was aborted long ago.' },
  IO_UNEXPECTED: {
    summary: 'The driver failed in a way it does not name; `cause` holds the original.',
    retry: 'maybe',
  },
});

/** Errors of choosing a driver, and of drivers that do not keep the contract. */
export const driverErrors = declareErrors('DRV', {
  DRV_UNKNOWN_DRIVER: { summary: 'The registry has no driver of that name.' },
  DRV_UNKNOWN_SCHEME: { summary: 'The registry has no driver for that URL scheme.' },
  DRV_DUPLICATE: { summary: 'Two drivers of one registry answer to the same name or URL scheme.' },
  DRV_CONTRACT_TOO_NEW: { summary: 'The driver was written for a later version of the contract.' },
  DRV_CONTRACT_BROKEN: { summary: 'The driver, or the file it opened, does not do what the contract says.' },
  DRV_DEPENDENCY_MISSING: { summary: 'The driver needs something that this runtime or installation lacks.' },
  DRV_GUARANTEE_MISSING: { summary: 'What was asked for needs a guarantee that the driver does not give.' },
  DRV_BAD_OPTION: { summary: 'An option or resource of the spec has a value that the driver cannot take.' },
  DRV_NOT_SYNC: { summary: 'A file was asked for at once, and the driver answers by promise.' },
});
