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
  isNil,
  maxPrefixBytes,
  messageHeadBytes,
} from '../format/object-header.js';
import { Reader } from '../format/reader.js';
import type { Sizes } from '../format/sizes.js';
import type { MetadataStore } from '../store/metadata-store.js';

/** A chunk of messages, still encoded. */
export interface LoadedChunk extends HeaderChunk {
  readonly messages: readonly HeaderMessage[];
  /** The first message of each type. */
  readonly first: ReadonlyMap<number, HeaderMessage>;
  /** Bytes that fillers take, their heads included, and the gap at the end. */
  readonly free: number;
}

/** An object header with all its chunks. A chunk that did not change stays the same object when the header is edited. */
export interface ObjectHeader {
  readonly address: number;
  readonly prefix: HeaderPrefix;
  readonly chunks: readonly LoadedChunk[];
}

/** Most headers, prefix and messages, are shorter than this: one read brings them. */
const usualHeaderBytes = 512;

/** Headers beyond this no writer makes: what claims more is damaged, or continues in itself. */
const mostHeaderBytes = 32 * 1024 * 1024;

/** Reads a whole object header, following its continuations. */
export function loadHeader(store: MetadataStore, address: number): ObjectHeader {
  const known = store.headers.get(address) as ObjectHeader | undefined;
  if (known !== undefined) return known;
  store.want(address, store.available(address, usualHeaderBytes));
  const structure = 'object header';
  const prefixBytes = store.available(address, maxPrefixBytes);
  const prefix = decodeHeaderPrefix(store.reader(address, Math.max(prefixBytes, 16), structure));
  const places: HeaderChunk[] = [prefix.firstChunk];
  const seen = new Set([address]);
  const chunks: LoadedChunk[] = [];
  // Chunks do not overlap, so all of them together are not longer than the file.
  const limit = store.available(0, mostHeaderBytes);
  let total = prefix.firstChunk.length;
  if (total > limit) throw tooLong(prefix.firstChunk);
  // Chunks of one generation are asked for together, so that a remote file needs one trip for all of them.
  while (chunks.length < places.length) {
    const generation = places.slice(chunks.length);
    for (const place of generation) store.want(place.address, place.length);
    for (const place of generation) {
      const bytes = store.span(place.address, place.length, structure);
      const chunk = loadChunk(bytes, place, chunks.length, prefix, store.sizes);
      chunks.push(chunk);
      for (const message of chunk.messages) {
        refuseUnknown(message);
        if (message.type !== messageType.continuation) continue;
        const continuation = decodeContinuation(messageReader(store, message), prefix.version);
        total += continuation.length;
        if (seen.has(continuation.address) || total > limit) throw loop(address, message);
        seen.add(continuation.address);
        places.push(continuation);
      }
    }
  }
  return rememberHeader(store, { address, prefix, chunks });
}

/** Makes a header what `loadHeader` answers from now on, if the attempt ends well. */
export function rememberHeader(store: MetadataStore, header: ObjectHeader): ObjectHeader {
  store.headers.set(
    header.address,
    header,
    header.chunks.reduce((sum, { length }) => sum + length, 0),
  );
  return header;
}

/** Takes a chunk's bytes apart. @param index - Which chunk of its header it is. */
export function loadChunk(
  bytes: Uint8Array,
  chunk: HeaderChunk,
  index: number,
  prefix: HeaderPrefix,
  sizes: Sizes,
): LoadedChunk {
  const messages = decodeChunk(bytes, chunk, index, prefix, sizes);
  const head = messageHeadBytes(prefix.version, prefix.flags);
  const first = new Map<number, HeaderMessage>();
  let free = chunk.end - chunk.start;
  for (const message of messages) {
    if (!first.has(message.type)) first.set(message.type, message);
    if (!isNil(message)) free -= head + message.body.length;
  }
  const { address, length, start, end } = chunk;
  return { address, length, start, end, messages, first, free };
}

function tooLong({ address, length }: HeaderChunk): Error {
  return errors.H5_BAD_VALUE({
    message: `the object header at ${address} is longer than can be`,
    structure: 'object header',
    offset: address,
    expected: `up to ${mostHeaderBytes} bytes, and not more than the file has`,
    found: `${length} bytes`,
  });
}

function loop(address: number, message: HeaderMessage): Error {
  return errors.H5_BAD_VALUE({
    message: `the object header at ${address} continues in a loop`,
    structure: 'object header continuation',
    offset: message.address,
    expected: 'chunks that do not overlap',
    found: 'one that was read, or more than the file has room for',
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

/** All messages of a type, in the order the header holds them, shared ones not resolved. */
export function* messagesOf(header: ObjectHeader, type: number): IterableIterator<HeaderMessage> {
  for (const { messages, first } of header.chunks) {
    if (!first.has(type)) continue;
    for (const message of messages) if (message.type === type) yield message;
  }
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
  for (const chunk of header.chunks) {
    const message = chunk.first.get(type);
    if (message !== undefined) return message;
  }
  return undefined;
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
