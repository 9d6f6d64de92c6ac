import { declareErrors } from '@terrane/errors';

/** The error codes of `@terrane/hdf5`. */
export const errors = declareErrors('H5', {
  H5_NOT_HDF5: {
    summary: 'No HDF5 signature stands at 0, 512, 1024, 2048 … bytes: the file is not HDF5, or empty.',
  },
  H5_TRUNCATED: {
    summary: 'The file ends before the structure it must hold: it was cut, or never finished.',
  },
  H5_BAD_SIGNATURE: {
    summary: 'A structure does not begin with its signature: the address is wrong, or the file damaged.',
  },
  H5_BAD_VALUE: { summary: 'A field of the format holds a value that no valid file can hold.' },
  H5_CHECKSUM: { summary: 'A metadata checksum does not match the bytes it protects.' },
  H5_UNSUPPORTED: {
    summary: 'The file is valid, and uses a feature that this version does not read; `feature` names it.',
  },
  H5_EDIT_UNSUPPORTED: {
    summary:
      'The object can be read but not edited safely by this version; `feature` names what stands in the way.',
  },
  H5_NOT_FOUND: { summary: 'There is no object of that name.' },
  H5_EXISTS: { summary: 'There is an object of that name already.' },
  H5_WRONG_KIND: { summary: 'The object is of another kind than asked for: a group for a dataset, say.' },
  H5_WRONG_TYPE: {
    summary: 'The values do not fit the datatype of the dataset or attribute, or were asked for as another.',
  },
  H5_WRONG_SHAPE: { summary: 'The shape, the selection and the number of values do not fit together.' },
  H5_BAD_NAME: { summary: 'A link or attribute cannot have that name.' },
  H5_LINK_LOOP: { summary: 'Following soft links did not come to an end.' },
  H5_LIMIT: { summary: 'A value would be larger than the runtime, the format or the given limits allow.' },
  H5_READ_ONLY: { summary: 'The file was opened for reading only.' },
  H5_IN_USE: { summary: 'The file is marked as open for writing by somebody else.', retry: 'maybe' },
  H5_CLOSED: { summary: 'The file is closed.' },
  H5_NO_VIEW: {
    summary: 'These values cannot be shown without a copy; the message says why, and `read` copies.',
  },
});
