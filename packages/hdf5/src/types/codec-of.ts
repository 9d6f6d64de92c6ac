import type { Datatype } from '../format/messages/datatype.js';
import { floatCodec } from './float-codec.js';
import { integerCodec } from './integer-codec.js';
import { stringCodec } from './string-codec.js';
import { unsupportedType } from './unsupported-type.js';
import type { ValueCodec } from './value-codec.js';

/**
 * The codec of a datatype.
 *
 * @throws H5_UNSUPPORTED naming the class for datatypes that are not decoded yet
 */
export function codecOf(type: Datatype): ValueCodec {
  switch (type.class) {
    case 'integer':
      return integerCodec(type);
    case 'bitfield':
      return integerCodec({ ...type, class: 'integer', signed: false });
    case 'enum':
      return codecOf(type.base);
    case 'float':
      return floatCodec(type);
    case 'string':
      return stringCodec(type);
    default:
      throw unsupportedType(type.class === 'vlen' ? `variable-length ${type.kind}` : type.class);
  }
}
