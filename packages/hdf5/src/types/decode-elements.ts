import { errors } from '../errors.js';
import { type Dataspace, elementCount } from '../format/messages/dataspace.js';
import type { Datatype } from '../format/messages/datatype.js';
import { type NdArray, ndArray } from '../plan/nd-array.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { bytesCodec } from './bytes-codec.js';
import { codecOf } from './codec-of.js';
import type { ValueArray } from './dtype.js';
import type { ValueCodec } from './value-codec.js';
import { decodeVlenStrings } from './vlen-strings.js';

/** Makes room for values, or says that there can be none. @throws H5_LIMIT */
export function createValues<A extends ValueArray>(codec: ValueCodec<A>, count: number, path: string): A {
  try {
    return codec.create(count);
  } catch (cause) {
    throw errors.H5_LIMIT({
      message: `${path}: ${count} values are more than one array can hold here`,
      path,
      found: `${count} values of ${codec.elementBytes} bytes`,
      hint: 'select a part',
      cause,
    });
  }
}

/**
 * Decodes the values of an attribute, which are all here already, but for those of variable length: these are in
 * global heaps, so this is restartable code.
 */
export function decodeElements(
  store: MetadataStore,
  data: Uint8Array,
  datatype: Datatype,
  dataspace: Dataspace,
  path: string,
): NdArray<ValueArray> {
  const isVlen = datatype.class === 'vlen';
  const codec = isVlen ? bytesCodec(datatype.size) : codecOf(datatype);
  const count = elementCount(dataspace);
  const bytes = count * codec.elementBytes;
  if (bytes > data.length) {
    throw errors.H5_TRUNCATED({
      message: `the data of ${path} is shorter than its type and shape need`,
      path,
      structure: 'stored values',
      expected: `${bytes} bytes`,
      found: `${data.length} bytes`,
    });
  }
  const shape = dataspace.kind === 'null' ? [0] : dataspace.shape;
  if (isVlen) return ndArray(decodeVlenStrings(store, data.subarray(0, bytes), datatype), shape);
  const values = createValues(codec, count, path);
  codec.decode(data.subarray(0, bytes), values, 0);
  return ndArray(values, shape);
}
