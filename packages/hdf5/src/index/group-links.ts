import { errors } from '../errors.js';
import {
  decodeLinkInfo,
  decodeSymbolTable,
  type LinkInfo,
  type SymbolTable,
} from '../format/messages/group-messages.js';
import { decodeLink, encodeLink, type Link } from '../format/messages/link.js';
import { messageType } from '../format/messages/message-type.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { HeaderEdit } from './header-edit.js';
import { type LoadedChunk, messageReader, type ObjectHeader, readMessage } from './object-header.js';
import { compareBytes, findSymbol, type GroupK, listSymbols } from './symbol-table.js';
import { insertSymbol } from './symbol-table-insert.js';

/** How a group keeps its links: in a symbol table (old) or as messages of its header (new, compact). */
export type GroupIndex =
  | { readonly kind: 'symbol-table'; readonly table: SymbolTable }
  | { readonly kind: 'compact'; readonly info: LinkInfo };

/** Which of the two it is; `undefined` when the object is no group. Dense groups are refused by name. */
export function groupIndex(store: MetadataStore, header: ObjectHeader): GroupIndex | undefined {
  const table = readMessage(store, header, messageType.symbolTable, decodeSymbolTable);
  if (table !== undefined) return { kind: 'symbol-table', table };
  const info = readMessage(store, header, messageType.linkInfo, decodeLinkInfo);
  if (info === undefined) return undefined;
  return { kind: 'compact', info };
}

function refuseDense(index: GroupIndex, header: ObjectHeader): void {
  if (index.kind !== 'compact' || index.info.fractalHeap === undefined) return;
  throw errors.H5_UNSUPPORTED({
    message: `the group at ${header.address} keeps its links in a fractal heap, which is not read yet`,
    feature: 'dense link storage',
    structure: 'link info message',
    offset: header.address,
  });
}

/** All links of a group, in the order of their names' bytes. */
export function listLinks(store: MetadataStore, header: ObjectHeader, index: GroupIndex, k: GroupK): Link[] {
  refuseDense(index, header);
  if (index.kind === 'symbol-table') return listSymbols(store, index.table, k);
  const encoder = new TextEncoder();
  return compactLinks(store, header)
    .map((link) => ({ link, name: encoder.encode(link.name) }))
    .sort((a, b) => compareBytes(a.name, b.name))
    .map(({ link }) => link);
}

export function findLink(
  store: MetadataStore,
  header: ObjectHeader,
  index: GroupIndex,
  name: string,
  k: GroupK,
): Link | undefined {
  refuseDense(index, header);
  if (index.kind === 'symbol-table') return findSymbol(store, index.table, new TextEncoder().encode(name), k);
  for (const chunk of header.chunks) {
    const link = linksOf(store, chunk).get(name);
    if (link !== undefined) return link;
  }
  return undefined;
}

function compactLinks(store: MetadataStore, header: ObjectHeader): Link[] {
  return header.chunks.flatMap((chunk) => [...linksOf(store, chunk).values()]);
}

const decodedLinks = new WeakMap<LoadedChunk, ReadonlyMap<string, Link>>();

/** The links of one chunk by name, decoded once: an edit changes one or two chunks of many. */
function linksOf(store: MetadataStore, chunk: LoadedChunk): ReadonlyMap<string, Link> {
  const known = decodedLinks.get(chunk);
  if (known !== undefined) return known;
  const links = new Map<string, Link>();
  for (const message of chunk.messages) {
    if (message.type !== messageType.link) continue;
    const link = decodeLink(messageReader(store, message));
    links.set(link.name, link);
  }
  decodedLinks.set(chunk, links);
  return links;
}

/** A link that can be made. A link to an old group brings the group's index, which its entry repeats. */
export type NewLink = Extract<Link, { kind: 'hard' | 'soft' }> & { readonly group?: SymbolTable | undefined };

/** Adds a link whose name is not taken. */
export function insertLink(
  store: MetadataStore,
  header: ObjectHeader,
  index: GroupIndex,
  link: NewLink,
  k: GroupK,
): void {
  refuseDense(index, header);
  if (index.kind === 'symbol-table') {
    const encoder = new TextEncoder();
    const symbol =
      link.kind === 'hard'
        ? { header: link.address, group: link.group }
        : { target: encoder.encode(link.target) };
    insertSymbol(store, index.table, encoder.encode(link.name), symbol, k);
    return;
  }
  if (index.info.tracksOrder) {
    throw errors.H5_EDIT_UNSUPPORTED({
      message: `the group at ${header.address} numbers its links by creation, which is not written yet`,
      feature: 'link creation order',
      structure: 'link info message',
      offset: header.address,
    });
  }
  const edit = new HeaderEdit(store, header);
  edit.add(messageType.link, 0, encodeLink(link, store.sizes));
  edit.commit();
}
