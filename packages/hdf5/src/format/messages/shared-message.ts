import { errors } from '../../errors.js';
import type { Reader } from '../reader.js';

/*
 * Shared message (specification IV.A.2, "shared" flag): in place of a message stands where the real one is.
 *
 * version 1: u8 1, u8 type, 6 reserved, a length that means nothing (the start of a symbol table entry; the
 *            specification leaves it out, the library writes and skips it), address
 * version 2: u8 2, u8 type, address
 * version 3: u8 3, u8 type; type 2: address of an object header that holds the message (a committed datatype);
 *            type 1: 8-byte ID in the file's shared message heap
 */

/**
 * The address of the object header whose message of the same type is meant.
 *
 * @throws H5_UNSUPPORTED for messages in the shared message heap
 */
export function decodeSharedMessage(reader: Reader): number {
  const version = reader.version(1, 2, 3);
  const type = reader.u8();
  if (version === 1) reader.skip(6 + reader.sizes.length);
  if (version === 3 && type === 1) {
    throw errors.H5_UNSUPPORTED({
      message: 'a message of this object is kept in the shared message heap, which is not read yet',
      feature: 'shared object header messages',
      structure: reader.place.structure,
      offset: reader.place.address,
    });
  }
  return reader.definedAddress('a shared message');
}
