import { errors } from '../errors.js';
import { type Dataspace, decodeDataspace } from '../format/messages/dataspace.js';
import type { Datatype } from '../format/messages/datatype.js';
import { decodeDatatype } from '../format/messages/decode-datatype.js';
import { decodeFillValue, decodeOldFillValue } from '../format/messages/fill-value.js';
import { decodeFilterPipeline, type Filter } from '../format/messages/filter-pipeline.js';
import { decodeLayout, type Layout } from '../format/messages/layout.js';
import { messageType } from '../format/messages/message-type.js';
import { decodeModificationTime } from '../format/messages/modification-time.js';
import { findMessage, loadHeader, type ObjectHeader, readMessage } from '../index/object-header.js';
import type { MetadataStore } from '../store/metadata-store.js';

/** All that the object header says about a dataset. */
export interface DatasetFacts {
  readonly dataspace: Dataspace;
  readonly datatype: Datatype;
  readonly layout: Layout;
  /** One element as stored, for those nobody wrote; `undefined` means zeros. */
  readonly fill: Uint8Array | undefined;
  readonly modified: Date | undefined;
  readonly filters: readonly Filter[];
}

export function loadDataset(store: MetadataStore, address: number, path: string): DatasetFacts {
  return datasetFacts(store, loadHeader(store, address), path);
}

/** @throws H5_UNSUPPORTED when the values are in other files, H5_BAD_VALUE when a message is missing */
export function datasetFacts(store: MetadataStore, header: ObjectHeader, path: string): DatasetFacts {
  const layout = readMessage(store, header, messageType.layout, decodeLayout);
  const dataspace = readMessage(store, header, messageType.dataspace, decodeDataspace);
  const datatype = readMessage(store, header, messageType.datatype, (reader) => decodeDatatype(reader));
  if (layout === undefined || dataspace === undefined || datatype === undefined) {
    throw errors.H5_BAD_VALUE({
      message: `${path} is no complete dataset`,
      path,
      structure: 'object header',
      offset: header.address,
      expected: 'messages for dataspace, datatype and layout',
      found: 'not all of them',
    });
  }
  if (findMessage(header, messageType.externalFiles) !== undefined) {
    throw errors.H5_UNSUPPORTED({
      message: `the values of ${path} are in other files, which are not read yet`,
      feature: 'external raw data files',
      path,
    });
  }
  const fill =
    readMessage(store, header, messageType.fillValue, decodeFillValue) ??
    readMessage(store, header, messageType.oldFillValue, decodeOldFillValue);
  const modified = readMessage(store, header, messageType.modificationTime, decodeModificationTime);
  const filters = readMessage(store, header, messageType.filterPipeline, decodeFilterPipeline) ?? [];
  return { dataspace, datatype, layout, fill: fill?.value, modified, filters };
}
