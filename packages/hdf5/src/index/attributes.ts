import { errors } from '../errors.js';
import { type AttributeMessage, attributeName, decodeAttribute } from '../format/messages/attribute.js';
import { decodeAttributeInfo } from '../format/messages/attribute-info.js';
import { type Dataspace, decodeDataspace } from '../format/messages/dataspace.js';
import type { Datatype } from '../format/messages/datatype.js';
import { decodeDatatype } from '../format/messages/decode-datatype.js';
import { messageFlag, messageType } from '../format/messages/message-type.js';
import { Reader } from '../format/reader.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { messageReader, messagesOf, type ObjectHeader, readMessage, sharedReader } from './object-header.js';

/** An attribute with its type and shape decoded, its data as stored. */
export interface AttributeRecord {
  readonly name: string;
  readonly datatype: Datatype;
  readonly dataspace: Dataspace;
  readonly data: Uint8Array;
}

/** Refuses objects whose attributes are in a fractal heap. */
export function refuseDenseAttributes(store: MetadataStore, header: ObjectHeader): void {
  const heap = readMessage(store, header, messageType.attributeInfo, decodeAttributeInfo)?.fractalHeap;
  if (heap === undefined) return;
  throw errors.H5_UNSUPPORTED({
    message: `the object at ${header.address} keeps its attributes in a fractal heap, which is not read yet`,
    feature: 'dense attribute storage',
    structure: 'attribute info message',
    offset: header.address,
  });
}

/** The readers over an object's attribute messages, shared ones resolved. */
function* attributeReaders(store: MetadataStore, header: ObjectHeader): IterableIterator<Reader> {
  for (const message of messagesOf(header, messageType.attribute)) {
    const reader = messageReader(store, message);
    yield message.flags & messageFlag.shared ? sharedReader(store, reader, messageType.attribute) : reader;
  }
}

/** Names in the order the header holds them. */
export function listAttributes(store: MetadataStore, header: ObjectHeader): string[] {
  refuseDenseAttributes(store, header);
  return Array.from(attributeReaders(store, header), attributeName);
}

export function findAttribute(
  store: MetadataStore,
  header: ObjectHeader,
  name: string,
): AttributeRecord | undefined {
  refuseDenseAttributes(store, header);
  for (const reader of attributeReaders(store, header)) {
    if (attributeName(reader) !== name) continue;
    reader.position = 0;
    return decodeRecord(store, decodeAttribute(reader), reader);
  }
  return undefined;
}

function decodeRecord(store: MetadataStore, message: AttributeMessage, from: Reader): AttributeRecord {
  const part = (bytes: Uint8Array, structure: string): Reader =>
    new Reader(bytes, { structure, address: from.place.address }, store.sizes);
  const resolve = (bytes: Uint8Array, isShared: boolean, type: number, structure: string): Reader => {
    const reader = part(bytes, structure);
    return isShared ? sharedReader(store, reader, type) : reader;
  };
  const { name } = message;
  const datatype = decodeDatatype(
    resolve(message.datatype, message.datatypeShared, messageType.datatype, `datatype of attribute ${name}`),
  );
  const dataspace = decodeDataspace(
    resolve(
      message.dataspace,
      message.dataspaceShared,
      messageType.dataspace,
      `dataspace of attribute ${name}`,
    ),
  );
  // Edits change staged bytes in place: what goes to the caller is a copy.
  return { name, datatype, dataspace, data: message.data.slice() };
}
