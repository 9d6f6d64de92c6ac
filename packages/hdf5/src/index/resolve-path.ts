import { errors } from '../errors.js';
import type { Link } from '../format/messages/link.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { findLink, type GroupIndex, groupIndex } from './group-links.js';
import { loadHeader, type ObjectHeader } from './object-header.js';
import type { GroupK } from './symbol-table.js';

/** The file's structures as path lookups need them. */
export interface Tree {
  readonly store: MetadataStore;
  readonly k: GroupK;
  /** Address of the root group's header. */
  readonly root: number;
}

/** An object that a path led to. */
export interface Located {
  readonly address: number;
  readonly header: ObjectHeader;
}

/** Soft links may lead through this many others, as in the C library. */
const maxLinks = 16;

/** The parts of a path; empty ones and "." stand for nothing, as in HDF5. */
export function pathParts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** Puts a name behind a group's path. */
export function joinPath(group: string, name: string): string {
  return `/${[...pathParts(group), ...pathParts(name)].join('/')}`;
}

/**
 * Follows a path from a group, soft links included. `undefined` when a name on the way is not there.
 *
 * @throws H5_LINK_LOOP, H5_UNSUPPORTED for links that lead out of the file, H5_WRONG_KIND when a name on the
 *   way is no group
 */
export function resolvePath(tree: Tree, from: number, path: string, links = 0): Located | undefined {
  const parts = pathParts(path);
  let address = path.startsWith('/') ? tree.root : from;
  let header = loadHeader(tree.store, address);
  for (const [index, part] of parts.entries()) {
    const group = requireGroup(tree, header, parts.slice(0, index));
    const link = findLink(tree.store, header, group, part, tree.k);
    if (link === undefined) return undefined;
    const located = followLink(tree, address, link, links);
    if (located === undefined) return undefined;
    ({ address, header } = located);
  }
  return { address, header };
}

function requireGroup(tree: Tree, header: ObjectHeader, parts: readonly string[]): GroupIndex {
  const index = groupIndex(tree.store, header);
  if (index !== undefined) return index;
  const path = `/${parts.join('/')}`;
  throw errors.H5_WRONG_KIND({
    message: `${path} is no group, so nothing lies below it`,
    path,
    expected: 'a group',
    found: 'an object of another kind',
  });
}

/** The object a link leads to; `undefined` for a soft link whose target is not there. */
export function followLink(tree: Tree, group: number, link: Link, links = 0): Located | undefined {
  if (link.kind === 'hard') return { address: link.address, header: loadHeader(tree.store, link.address) };
  if (link.kind === 'soft') {
    if (links < maxLinks) return resolvePath(tree, group, link.target, links + 1);
    throw errors.H5_LINK_LOOP({
      message: `the soft link ${JSON.stringify(link.name)} leads through more than ${maxLinks} others`,
      path: link.name,
      expected: `up to ${maxLinks} links`,
      found: 'more, or a circle',
    });
  }
  throw errors.H5_UNSUPPORTED({
    message: `${JSON.stringify(link.name)} is a link of the kind ${link.kind}, which is not followed yet`,
    feature: `${link.kind} link`,
    path: link.name,
  });
}
