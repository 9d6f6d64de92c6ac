import { errors } from '../errors.js';

/** The refusal of a datatype by name. */
export function unsupportedType(name: string): Error {
  return errors.H5_UNSUPPORTED({
    message: `values of ${name} datatypes are not read or written yet`,
    feature: `${name} datatype`,
  });
}
