import type { Mode } from '@terrane/driver';
import { errors } from '../errors.js';
import { decodeDatatype } from '../format/messages/decode-datatype.js';
import { messageType } from '../format/messages/message-type.js';
import { findMessage, readMessage } from '../index/object-header.js';
import type { Located } from '../index/resolve-path.js';
import { Dataset } from './dataset.js';
import { datasetFacts } from './dataset-facts.js';
import type { FileContext } from './file-context.js';
import { NamedDatatype } from './named-datatype.js';

/** Opens an object that is no group, by what its messages say. @throws H5_UNSUPPORTED when it is nothing known */
export function openLeaf<M extends Mode>(
  context: FileContext<M>,
  { address, header }: Located,
  path: string,
): Dataset<M> | NamedDatatype<M> {
  const { store } = context;
  if (findMessage(header, messageType.layout) !== undefined) {
    return new Dataset(context, address, path, datasetFacts(store, header, path));
  }
  const datatype = readMessage(store, header, messageType.datatype, (reader) => decodeDatatype(reader));
  if (datatype !== undefined) return new NamedDatatype(context, address, path, datatype);
  throw errors.H5_UNSUPPORTED({
    message: `${path} is neither group, dataset nor datatype`,
    feature: 'object of an unknown kind',
    path,
    offset: address,
  });
}
