import { errors } from '../errors.js';
import { lastMessageType, messageFlag, messageType } from '../format/messages/message-type.js';
import { decodeSharedMessage } from '../format/messages/shared-message.js';
import {
  decodeChunk,
  decodeContinuation,
  decodeHeaderPrefix,
  type HeaderChunk,
  type HeaderMessage,
  type HeaderPrefix,
  maxPrefixBytes,
} from '../format/object-header.js';
import { Reader } from '../format/reader.js';
import type { MetadataStore } from '../store/metadata-store.js';

/** An object header with all its chunks, its messages still encoded. */
export interface ObjectHeader {
  readonly address: number;
  readonly prefix: HeaderPrefix;
  readonly chunks: readonly HeaderChunk[];
  readonly messages: readonly HeaderMessage[];
}

/** Most headers, prefix and messages, are shorter than this: one read brings them. */
const usualHeaderBytes = 512;

/** More chunks than this no writer makes; a longer chain is taken for a loop. */
const maxChunks = 65_536;

/** Reads a whole object header, following its continuations. */
export function loadHeader(store: MetadataStore, address: number): ObjectHeader {
  store.want(address, store.available(address, usualHeaderBytes));
  const structure = 'object header';
  const prefixBytes = store.available(address, maxPrefixBytes);
  const prefix = decodeHeaderPrefix(store.reader(address, Math.max(prefixBytes, 16), structure));
  const chunks: HeaderChunk[] = [prefix.firstChunk];
  const seen = new Set([address]);
  const messages: HeaderMessage[] = [];
  // Chunks of one generation are asked for together, so that a remote file needs one trip for all of them.
  for (let next = 0; next < chunks.length; ) {
    const generation = chunks.slice(next);
    for (const chunk of generation) store.want(chunk.address, chunk.length);
    for (const chunk of generation) {
      const bytes = store.span(chunk.address, chunk.length, structure);
      for (const message of decodeChunk(bytes, chunk, next, prefix, store.sizes)) {
        messages.push(message);
        if (message.type !== messageType.continuation) continue;
        const continuation = decodeContinuation(messageReader(store, message), prefix.version);
        if (seen.has(continuation.address) || chunks.length >= maxChunks) throw loop(address, message);
        seen.add(continuation.address);
        chunks.push(continuation);
      }
      next++;
    }
  }
  for (const message of messages) refuseUnknown(message);
  return { address, prefix, chunks, messages };
}

function loop(address: number, message: HeaderMessage): Error {
  return errors.H5_BAD_VALUE({
    message: `the object header at ${address} continues in a loop`,
    structure: 'object header continuation',
    offset: message.address,
    expected: 'a chunk that was not read yet',
    found: 'one that was',
  });
}

function refuseUnknown(message: HeaderMessage): void {
  if (message.type <= lastMessageType || !(message.flags & messageFlag.failIfUnknown)) return;
  throw errors.H5_UNSUPPORTED({
    message: `an object has a message of the unknown type ${message.type} that must be understood to read it`,
    feature: `object header message ${message.type}`,
    offset: message.address,
  });
}

/** A reader over a message's body, for messages that are not shared. */
export function messageReader(store: MetadataStore, message: HeaderMessage): Reader {
  const structure = messageNames.get(message.type) ?? `message ${message.type}`;
  return new Reader(message.body, { structure, address: message.address }, store.sizes);
}

const messageNames = new Map<number, string>(
  Object.entries(messageType).map(([name, type]) => [
    type,
    `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} message`,
  ]),
);

/** The first message of a type, shared ones not resolved. */
export function findMessage(header: ObjectHeader, type: number): HeaderMessage | undefined {
  return header.messages.find((message) => message.type === type);
}

/** Decodes a message of a type, wherever it is kept; `undefined` when the object has none. */
export function readMessage<T>(
  store: MetadataStore,
  header: ObjectHeader,
  type: number,
  decode: (reader: Reader) => T,
): T | undefined {
  const message = findMessage(header, type);
  if (message === undefined) return undefined;
  const reader = messageReader(store, message);
  return decode(message.flags & messageFlag.shared ? sharedReader(store, reader, type) : reader);
}

/** A reader over the message that a shared message stands for. */
export function sharedReader(store: MetadataStore, reader: Reader, type: number): Reader {
  const owner = loadHeader(store, decodeSharedMessage(reader));
  const message = findMessage(owner, type);
  if (message === undefined || message.flags & messageFlag.shared) {
    throw reader.bad('a message to share', `none at ${owner.address}`);
  }
  return messageReader(store, message);
}
