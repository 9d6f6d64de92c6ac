import type { Dataset, Group, Hdf5Object, Link } from '@terrane/hdf5';
import { open } from '../open.js';
import { isRefused, orRefusal } from '../refusal.js';

interface LsOptions {
  readonly recursive?: boolean;
  readonly json?: boolean;
  readonly driver: string;
}

/** One line of the listing. */
interface Entry {
  readonly kind: string;
  readonly path: string;
  readonly type?: string;
  readonly shape?: readonly number[] | null;
  readonly target?: string;
  readonly refused?: string;
}

/** `terrane ls`: what lies in a group. */
export async function ls(name: string, path: string, options: LsOptions): Promise<void> {
  using file = await open(name, options.driver);
  const object = file.hdf5.get(path);
  if (object === undefined) {
    // Nothing is there: this says so the way every command does.
    file.getNode(path.startsWith('/') ? path : `/${path}`);
    return;
  }
  const entries =
    object.kind === 'group' ? list(object, options.recursive === true, new Set()) : [entryOf(object)];
  for (const entry of entries)
    process.stdout.write(`${options.json ? JSON.stringify(entry) : line(entry)}\n`);
}

function* list(
  group: Group<'sync'>,
  recursive: boolean,
  above: ReadonlySet<string>,
): IterableIterator<Entry> {
  const links = orRefusal(() => group.links());
  if (isRefused(links)) {
    yield { kind: 'group', path: group.path, refused: links.refused };
    return;
  }
  for (const link of links) {
    const path = `${group.path === '/' ? '' : group.path}/${link.name}`;
    if (link.kind !== 'hard') {
      yield { kind: link.kind, path, target: targetOf(link) };
      continue;
    }
    // Hard links may lead back up; each group is walked into once on the way down.
    const object = orRefusal(() => group.get(link.name));
    if (object === undefined || isRefused(object)) {
      yield { kind: 'object', path, refused: object?.refused ?? 'nothing is there' };
      continue;
    }
    yield entryOf(object);
    const key = String(link.address);
    if (recursive && object.kind === 'group' && !above.has(key)) {
      yield* list(object, recursive, new Set([...above, key]));
    }
  }
}

function targetOf(link: Exclude<Link, { kind: 'hard' }>): string {
  if (link.kind === 'soft') return link.target;
  return link.kind === 'external' ? `${link.file}:${link.target}` : `type ${link.type}`;
}

function entryOf(object: Hdf5Object<'sync'>): Entry {
  if (object.kind !== 'dataset') return { kind: object.kind, path: object.path };
  return { kind: 'dataset', path: object.path, type: typeOf(object), shape: object.shape };
}

function typeOf(dataset: Dataset<'sync'>): string {
  return dataset.dtype === 'string'
    ? `string${dataset.datatype.size}`
    : (dataset.dtype ?? dataset.datatype.class);
}

function line({ kind, path, type, shape, target, refused }: Entry): string {
  const parts = [kind.padEnd(8), path];
  if (type !== undefined) parts.push(type, shape === null ? 'null' : `(${shape?.join(', ') ?? ''})`);
  if (target !== undefined) parts.push('->', target);
  if (refused !== undefined) parts.push(`[${refused}]`);
  return parts.join(' ');
}
