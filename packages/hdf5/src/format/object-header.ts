import { verifyChecksum } from './checksum.js';
import { messageType } from './messages/message-type.js';
import { Reader } from './reader.js';
import type { Sizes } from './sizes.js';

/*
 * Object header (specification IV.A.1): a prefix, then chunks of messages. The first chunk follows the prefix,
 * continuation messages lead to the others.
 *
 * version 1                                            version 2
 *  0  u8 1, u8 0, u16 messages                          0  "OHDR", u8 2, u8 flags
 *  4  u32 reference count                               6  [flags bit 5: 4 × u32 access, modification, change, birth time]
 *  8  u32 bytes of the first chunk, 4 reserved          .. [flags bit 4: u16 max compact, u16 min dense attributes]
 * 16  messages                                          .. bytes of the first chunk in 1 << (flags & 3) bytes
 *                                                       .. messages, gap, u32 lookup3 of all before
 * message: u16 type, u16 size, u8 flags, 3 reserved     message: u8 type, u16 size, u8 flags, [flags bit 2: u16 creation order]
 * further chunk: messages only                          further chunk: "OCHK", messages, gap, u32 lookup3
 */

/** One message, still encoded. */
export interface HeaderMessage {
  readonly type: number;
  readonly flags: number;
  /** Address of the message's own head. */
  readonly address: number;
  readonly body: Uint8Array;
}

/** A stretch of messages: `address` and `length` span everything, signature and checksum included. */
export interface HeaderChunk {
  readonly address: number;
  readonly length: number;
  /** Where its messages begin and end, gap included, counted from `address`. */
  readonly start: number;
  readonly end: number;
}

/** What the prefix says. */
export interface HeaderPrefix {
  readonly version: 1 | 2;
  readonly flags: number;
  readonly referenceCount: number;
  /** Bytes of prefix before the first message. */
  readonly length: number;
  readonly firstChunk: HeaderChunk;
}

export const headerFlag = { tracksAttributeOrder: 0x04, storesPhaseChange: 0x10, storesTimes: 0x20 } as const;

/** The longest a prefix can be: version 2 with everything in it. */
export const maxPrefixBytes = 34;

const ohdr = [0x4f, 0x48, 0x44, 0x52] as const;

export function decodeHeaderPrefix(reader: Reader): HeaderPrefix {
  const { bytes } = reader;
  return ohdr.every((letter, index) => bytes[index] === letter)
    ? decodeNewPrefix(reader)
    : decodeOldPrefix(reader);
}

function decodeOldPrefix(reader: Reader): HeaderPrefix {
  reader.version(1);
  reader.skip(3);
  const referenceCount = reader.u32();
  const size = reader.u32();
  const { address } = reader.place;
  return {
    version: 1,
    flags: 0,
    referenceCount,
    length: 16,
    firstChunk: { address, length: 16 + size, start: 16, end: 16 + size },
  };
}

function decodeNewPrefix(reader: Reader): HeaderPrefix {
  reader.skip(4);
  reader.version(2);
  const flags = reader.u8();
  if (flags & 0xc0) throw reader.bad('object header flags in the low six bits', `0x${flags.toString(16)}`);
  if (flags & headerFlag.storesTimes) reader.skip(16);
  if (flags & headerFlag.storesPhaseChange) reader.skip(4);
  const size = reader.uint(1 << (flags & 3));
  const start = reader.position;
  const { address } = reader.place;
  return {
    version: 2,
    flags,
    referenceCount: 1,
    length: start,
    firstChunk: { address, length: start + size + 4, start, end: start + size },
  };
}

/** The chunk that a continuation message leads to. */
export function decodeContinuation(reader: Reader, version: 1 | 2): HeaderChunk {
  const address = reader.definedAddress('a continuation of the object header');
  const length = reader.length();
  if (version === 1) return { address, length, start: 0, end: length };
  if (length < 8) throw reader.bad('a continuation of at least 8 bytes', String(length));
  return { address, length, start: 4, end: length - 4 };
}

/** Bytes of a message's head. */
export function messageHeadBytes(version: 1 | 2, flags: number): number {
  if (version === 1) return 8;
  return flags & headerFlag.tracksAttributeOrder ? 6 : 4;
}

/** The messages of one chunk. `bytes` is the whole chunk; that of a first chunk begins with the prefix. */
export function decodeChunk(
  bytes: Uint8Array,
  chunk: HeaderChunk,
  index: number,
  prefix: Pick<HeaderPrefix, 'version' | 'flags'>,
  sizes: Sizes,
): HeaderMessage[] {
  const place = {
    structure: index === 0 ? 'object header' : 'object header continuation',
    address: chunk.address,
  };
  if (prefix.version === 2) {
    if (index > 0) new Reader(bytes, place, sizes).signature('OCHK');
    verifyChecksum(bytes, place);
  }
  const reader = new Reader(bytes.subarray(0, chunk.end), place, sizes);
  reader.skip(chunk.start);
  const head = messageHeadBytes(prefix.version, prefix.flags);
  const messages: HeaderMessage[] = [];
  // What is left when not even a head fits is a gap, which only version 2 may have.
  while (reader.remaining >= head) {
    const address = chunk.address + reader.position;
    const type = prefix.version === 1 ? reader.u16() : reader.u8();
    const size = reader.u16();
    const flags = reader.u8();
    reader.skip(prefix.version === 1 ? 3 : head - 4);
    messages.push({ type, flags, address, body: reader.take(size) });
  }
  return messages;
}

/** Whether a message is a filler that a new message may take. */
export function isNil(message: HeaderMessage): boolean {
  return message.type === messageType.nil;
}
