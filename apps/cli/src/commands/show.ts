import { type AnyNode, ArrayNode, type File, GroupNode, LinkNode } from '@terrane/tables';
import { open } from '../open.js';
import { isRefused, orRefusal } from '../refusal.js';

interface ShowOptions {
  readonly values: number;
  readonly driver: string;
}

/** `terrane show`: the tree of a file, or one node in full. */
export async function show(name: string, path: string | undefined, options: ShowOptions): Promise<void> {
  using file = await open(name, options.driver);
  const lines = path === undefined ? treeLines(file) : nodeLines(file, path, options.values);
  for (const text of lines) process.stdout.write(`${text}\n`);
}

/** The tree, a line a node, as PyTables prints nodes; parts that are not read yet say so. */
export function* treeLines(file: File<'sync'>): IterableIterator<string> {
  const { superblock, userBlock, end } = file.hdf5.info;
  yield `${file.filename} (File) superblock ${superblock}, ${end} bytes${userBlock > 0 ? ` behind a user block of ${userBlock}` : ''}`;
  yield* groupLines(file, '/', new Set());
}

function* groupLines(file: File<'sync'>, path: string, above: ReadonlySet<string>): IterableIterator<string> {
  const group = orRefusal(() => file.getNode(path));
  if (isRefused(group)) {
    yield `${path} [${group.refused}]`;
    return;
  }
  yield String(group);
  if (!(group instanceof GroupNode)) return;
  const links = orRefusal(() => group.hdf5.links());
  if (isRefused(links)) {
    yield `  [${links.refused}]`;
    return;
  }
  for (const link of links) {
    const below = `${path === '/' ? '' : path}/${link.name}`;
    if (link.kind !== 'hard') yield String(new LinkNode(below, link, false));
    else if (above.has(String(link.address))) yield `${below} (a group above)`;
    else yield* groupLines(file, below, new Set([...above, String(link.address)]));
  }
}

function* nodeLines(file: File<'sync'>, path: string, limit: number): IterableIterator<string> {
  const node: AnyNode<'sync'> = file.getNode(path.startsWith('/') ? path : `/${path}`);
  yield node instanceof ArrayNode ? node.list() : String(node);
  if (node instanceof LinkNode) return;
  const attributes = orRefusal(() => node.attrs.list());
  yield isRefused(attributes) ? `attributes [${attributes.refused}]` : attributes;
  if (!('dataset' in node)) return;
  const values = orRefusal(() => preview(node.dataset, limit));
  yield isRefused(values) ? `values [${values.refused}]` : values;
}

/** The first values, row by row, and how many more there are. */
function preview(dataset: Extract<AnyNode<'sync'>, { dataset: unknown }>['dataset'], limit: number): string {
  const { shape, size } = dataset;
  if (shape === null || size === 0) return 'no values';
  // Whole rows are read until there are enough, so that a huge array costs no more than a small one.
  const [rows = 1, ...inner] = shape;
  const perRow = inner.reduce((product, length) => product * length, 1);
  const wanted = Math.min(rows, Math.max(1, Math.ceil(limit / Math.max(1, perRow))));
  const selection = shape.length === 0 ? {} : { start: shape.map(() => 0), count: [wanted, ...inner] };
  const { data } = dataset.read(selection);
  const shown = Array.from({ length: Math.min(limit, data.length) }, (_, index) => format(data[index]));
  const more = size - shown.length;
  return `values := [${shown.join(', ')}${more > 0 ? `, … ${more} more` : ''}]`;
}

function format(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
