import { errors } from '../errors.js';
import { sealChecksum } from '../format/checksum.js';
import { lastMessageType, messageFlag, messageType } from '../format/messages/message-type.js';
import { headerFlag, isNil, messageHeadBytes } from '../format/object-header.js';
import { Writer } from '../format/writer.js';
import type { MetadataStore } from '../store/metadata-store.js';
import {
  type LoadedChunk,
  loadChunk,
  messagesOf,
  type ObjectHeader,
  rememberHeader,
} from './object-header.js';

/** A message as an edit sees it; `body` is unpadded. */
export interface EditableMessage {
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

interface EditableChunk {
  readonly address: number;
  readonly length: number;
  readonly start: number;
  readonly end: number;
  /** Without fillers. */
  readonly messages: EditableMessage[];
  /** Bytes that no message takes. */
  free: number;
  /** As it stands in the header, as long as nothing in it has changed. */
  unchanged: LoadedChunk | undefined;
}

/** Room a continuation leaves for messages to come, in bytes. All of a chunk is written when one message changes. */
const leastSlackBytes = 512;
const mostSlackBytes = 16 * 1024;

/** The longest body a message can have: its size is a 16-bit field, and version 1 rounds it up to 8. */
export const maxMessageBytes = 65_528;

/**
 * Changes to one object header: messages are added, replaced and removed in memory, and `commit` writes the
 * chunks that changed, each repacked so that all its free space is one filler at its end.
 */
export class HeaderEdit {
  readonly #chunks: EditableChunk[];
  readonly #head: number;
  readonly #version: 1 | 2;

  constructor(
    readonly store: MetadataStore,
    readonly header: ObjectHeader,
  ) {
    this.#version = header.prefix.version;
    this.#head = messageHeadBytes(this.#version, header.prefix.flags);
    if (header.prefix.flags & headerFlag.tracksAttributeOrder) refuse(header, 'attribute creation order');
    this.#chunks = header.chunks.map((chunk) => ({
      ...chunk,
      messages: chunk.messages.filter((message) => !isNil(message)),
      unchanged: chunk,
    }));
    for (const type of header.chunks.flatMap(({ first }) => [...first.keys()])) {
      if (type <= lastMessageType) continue;
      for (const { flags } of messagesOf(header, type)) {
        if (flags & messageFlag.failIfUnknownAndWriting) refuse(header, `message ${type}`);
      }
    }
  }

  /** All messages but fillers. */
  get messages(): EditableMessage[] {
    return this.#chunks.flatMap((chunk) => chunk.messages);
  }

  /**
   * Puts another body in a message's place. It stays in its chunk or goes to a new one that its chunk links to, so
   * that one write of that chunk replaces the old body by the new.
   *
   * @throws H5_LIMIT when the body is longer than a message can be
   */
  replace(message: EditableMessage, body: Uint8Array): void {
    checkLength(body);
    const chunk = this.#chunkOf(message);
    const moved = { type: message.type, flags: message.flags, body };
    const index = this.#take(chunk, message);
    const stays = this.#fits(chunk, body.length);
    this.#put(stays ? chunk : this.#continue(moved, chunk), moved, stays ? index : undefined);
  }

  remove(message: EditableMessage): void {
    this.#take(this.#chunkOf(message), message);
  }

  /** @throws H5_LIMIT when the body is longer than a message can be */
  add(type: number, flags: number, body: Uint8Array): void {
    checkLength(body);
    const message = { type, flags, body };
    const chunk =
      this.#chunks.find((candidate) => this.#fits(candidate, body.length)) ??
      this.#continue(message, this.#linkingChunk());
    this.#put(chunk, message);
  }

  /** Takes a message out of a chunk and answers where it was. */
  #take(chunk: EditableChunk, message: EditableMessage): number {
    const index = chunk.messages.indexOf(message);
    chunk.messages.splice(index, 1);
    chunk.free += this.#messageBytes(message.body.length);
    chunk.unchanged = undefined;
    return index;
  }

  #put(chunk: EditableChunk, message: EditableMessage, index = chunk.messages.length): void {
    chunk.messages.splice(index, 0, message);
    chunk.free -= this.#messageBytes(message.body.length);
    chunk.unchanged = undefined;
  }

  /** Stages every chunk that changed, and the message count that version 1 keeps. */
  commit(): void {
    const { store, header } = this;
    const chunks = this.#chunks.map((chunk, index) => {
      if (chunk.unchanged !== undefined) return chunk.unchanged;
      const bytes = this.#encode(chunk);
      store.write(chunk.address, bytes);
      return loadChunk(bytes, chunk, index, header.prefix, store.sizes);
    });
    if (this.#version === 1) {
      const count = chunks.reduce((sum, { messages }) => sum + messages.length, 0);
      store.write(header.address + 2, new Writer().u16(count).bytes());
    }
    rememberHeader(store, { ...header, chunks });
  }

  #chunkOf(message: EditableMessage): EditableChunk {
    const chunk = this.#chunks.find((candidate) => candidate.messages.includes(message));
    if (chunk === undefined) throw new TypeError('the message is not one of this header');
    return chunk;
  }

  #paddedBytes(length: number): number {
    return this.#version === 1 ? Math.ceil(length / 8) * 8 : length;
  }

  #messageBytes(length: number): number {
    return this.#head + this.#paddedBytes(length);
  }

  #fits(chunk: EditableChunk, length: number): boolean {
    return chunk.free >= this.#messageBytes(length);
  }

  /** The chunk that a link to a further one costs least. */
  #linkingChunk(): EditableChunk {
    const { sizes } = this.store;
    const fitting = this.#chunks.findLast((chunk) => this.#fits(chunk, sizes.offset + sizes.length));
    return fitting ?? this.#chunks.at(-1)!;
  }

  /** A further chunk with room for `message`; messages at the end of the linking one make way for the link to it. */
  #continue(message: EditableMessage, linking: EditableChunk): EditableChunk {
    const { sizes } = this.store;
    const linkBytes = sizes.offset + sizes.length;
    const moved: EditableMessage[] = [];
    for (let index = linking.messages.length - 1; index >= 0 && !this.#fits(linking, linkBytes); index--) {
      if (linking.messages[index]!.type === messageType.continuation) continue;
      const last = linking.messages[index]!;
      this.#take(linking, last);
      moved.unshift(last);
    }
    if (!this.#fits(linking, linkBytes))
      refuse(this.header, 'an object header without room for a continuation');
    const needed = [...moved, message].reduce((sum, { body }) => sum + this.#messageBytes(body.length), 0);
    const frame = this.#version === 1 ? 0 : 8;
    // A header that keeps growing gets larger chunks, so that the chain of them stays short.
    const used = this.#chunks.reduce((sum, { length }) => sum + length, 0);
    const slack = Math.min(Math.max(leastSlackBytes, Math.ceil(used / 16) * 8), mostSlackBytes);
    const length = frame + needed + slack;
    const address = this.store.allocate(length, 'object-header');
    const body = new Writer(sizes).address(address).size(length).bytes();
    this.#put(linking, { type: messageType.continuation, flags: 0, body });
    const start = frame / 2;
    const end = length - start;
    const chunk = { address, length, start, end, messages: [], free: end - start, unchanged: undefined };
    this.#chunks.push(chunk);
    for (const each of moved) this.#put(chunk, each);
    return chunk;
  }

  /** Body sizes of the fillers that take up a chunk's free space. */
  #fillers(chunk: EditableChunk): number[] {
    const sizes: number[] = [];
    for (let rest = chunk.free; rest >= this.#head; ) {
      const size = Math.min(rest - this.#head, maxMessageBytes);
      sizes.push(size);
      rest -= this.#head + size;
    }
    return sizes;
  }

  #encode(chunk: EditableChunk): Uint8Array {
    const isFirst = chunk === this.#chunks[0];
    const writer = new Writer(this.store.sizes, chunk.length);
    if (isFirst) writer.raw(this.store.span(chunk.address, chunk.start, 'object header'));
    else if (this.#version === 2) writer.ascii('OCHK');
    for (const { type, flags, body } of chunk.messages) {
      encodeHead(writer, this.#version, type, this.#paddedBytes(body.length), flags);
      writer.raw(body).zeros(this.#paddedBytes(body.length) - body.length);
    }
    for (const size of this.#fillers(chunk)) {
      encodeHead(writer, this.#version, messageType.nil, size, 0);
      writer.zeros(size);
    }
    writer.zeros(chunk.length - writer.length);
    if (this.#version === 2) sealChecksum(writer.bytes());
    return writer.bytes();
  }
}

function checkLength(body: Uint8Array): void {
  if (body.length <= maxMessageBytes) return;
  throw errors.H5_LIMIT({
    message: `${body.length} bytes do not fit an object header message`,
    expected: `up to ${maxMessageBytes} bytes`,
    found: `${body.length} bytes`,
    hint: 'keep large values in a dataset',
  });
}

/** Writes the head of a message of `size` bytes. */
export function encodeHead(writer: Writer, version: 1 | 2, type: number, size: number, flags: number): void {
  if (version === 1) writer.u16(type).u16(size).u8(flags).zeros(3);
  else writer.u8(type).u16(size).u8(flags);
}

function refuse(header: ObjectHeader, feature: string): never {
  throw errors.H5_EDIT_UNSUPPORTED({
    message: `the object at ${header.address} cannot be edited safely: it uses ${feature}`,
    feature,
    structure: 'object header',
    offset: header.address,
  });
}
