import { sealChecksum } from '../format/checksum.js';
import {
  encodeGroupInfo,
  encodeLinkInfo,
  encodeSymbolTable,
  type SymbolTable,
} from '../format/messages/group-messages.js';
import { messageFlag, messageType } from '../format/messages/message-type.js';
import { Writer } from '../format/writer.js';
import { encodeHead, maxMessageBytes } from '../index/header-edit.js';
import type { GroupK } from '../index/symbol-table.js';
import { createSymbolTable } from '../index/symbol-table-insert.js';
import type { MetadataStore } from '../store/metadata-store.js';

/** A message of an object header to be written. */
export interface NewMessage {
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

/** Room left in a new header for messages to come, a few attributes, in bytes. */
const slackBytes = 256;

/** Writes an object header of one chunk: version 1 for the old generation, version 2 for the new. */
export function createHeader(
  store: MetadataStore,
  generation: 'old' | 'new',
  messages: readonly NewMessage[],
  slack = slackBytes,
): number {
  const writer = generation === 'old' ? oldHeader(store, messages, slack) : newHeader(store, messages, slack);
  const address = store.allocate(writer.length, 'object-header');
  store.write(address, writer.bytes());
  return address;
}

function oldHeader(store: MetadataStore, messages: readonly NewMessage[], slack: number): Writer {
  const body = new Writer(store.sizes, 1024);
  for (const message of messages) {
    const padding = (8 - (message.body.length % 8)) % 8;
    encodeHead(body, 1, message.type, message.body.length + padding, message.flags);
    body.raw(message.body).zeros(padding);
  }
  encodeHead(body, 1, messageType.nil, Math.min(slack, maxMessageBytes), 0);
  body.zeros(slack);
  const prefix = new Writer(store.sizes, body.length + 16)
    .u8(1)
    .u8(0)
    .u16(messages.length + 1);
  return prefix.u32(1).u32(body.length).zeros(4).raw(body.bytes());
}

/** Flags 0x02: the size of the first chunk is a 32-bit field. */
function newHeader(store: MetadataStore, messages: readonly NewMessage[], slack: number): Writer {
  const body = new Writer(store.sizes, 1024);
  for (const message of messages) {
    encodeHead(body, 2, message.type, message.body.length, message.flags);
    body.raw(message.body);
  }
  encodeHead(body, 2, messageType.nil, Math.min(slack, maxMessageBytes), 0);
  body.zeros(slack);
  const writer = new Writer(store.sizes, body.length + 14).ascii('OHDR').u8(2).u8(2).u32(body.length);
  writer.raw(body.bytes()).zeros(4);
  sealChecksum(writer.bytes());
  return writer;
}

/** An empty group: its header's address and, for old groups, the index that links to it repeat. */
export function createGroupObject(
  store: MetadataStore,
  generation: 'old' | 'new',
  k: GroupK,
): { readonly address: number; readonly table?: SymbolTable } {
  if (generation === 'old') {
    const table = createSymbolTable(store, k);
    const body = encodeSymbolTable(table, store.sizes);
    return {
      address: createHeader(store, generation, [{ type: messageType.symbolTable, flags: 0, body }]),
      table,
    };
  }
  const messages = [
    { type: messageType.linkInfo, flags: 0, body: encodeLinkInfo(store.sizes) },
    { type: messageType.groupInfo, flags: messageFlag.constant, body: encodeGroupInfo() },
  ];
  return { address: createHeader(store, generation, messages) };
}
