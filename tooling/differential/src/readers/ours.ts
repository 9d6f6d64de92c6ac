import { type Mode, openWith } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import { sec2 } from '@terrane/drivers';
import { isTerraneError } from '@terrane/errors';
import { type File, type Hdf5Object, openFile } from '@terrane/hdf5';
import { canonical, withoutPadding } from '../canonical.js';
import type { Found, ReadAnswer, ReadRequest, Wanted } from '../messages.js';
import { readerError, serve } from './serve.js';

/*
 * The reader that is ours. It looks where it is asked to look; asked nothing, it walks the file by itself, as far
 * as it dares: groups may hold each other. Everything is awaited, so that files of both modes will do.
 */
const maxDepth = 8;
const maxObjects = 5000;

serve(async ({ path, wanted, maxBytes, promises }: ReadRequest): Promise<ReadAnswer> => {
  const spec = { name: path, mode: 'r' } as const;
  const handle = promises ? await openWith(delayed(sec2), spec) : openWith(sec2, spec);
  try {
    const file: File<Mode> = promises
      ? await openFile<'async'>(handle as never)
      : openFile<'sync'>(handle as never);
    const items = [];
    for (const item of wanted ?? (await walk(file))) {
      items.push({ ...item, found: await look(file, item, maxBytes) });
    }
    return { items };
  } finally {
    await handle.close();
  }
});

async function look(file: File, { path, kind, attribute }: Wanted, maxBytes: number): Promise<Found> {
  try {
    const entity = path === '/' ? file.root : await file.get(path);
    if (entity === undefined) return { error: { message: 'there is nothing of that name' } };
    if (attribute !== undefined) {
      const node = await entity.attributes.get(attribute);
      return node ? await readValue(node, maxBytes) : { error: { message: 'no such attribute' } };
    }
    const found = kindOf(entity);
    if (found !== kind) return { error: { message: `it is a ${found}, not a ${kind}` } };
    if (entity.kind === 'group') return { names: await entity.keys() };
    return entity.kind === 'dataset' ? await readValue(entity, maxBytes) : { there: true };
  } catch (error) {
    return { error: readerError(error) };
  }
}

type Valued = Pick<Extract<Hdf5Object<Mode>, { kind: 'dataset' }>, 'shape' | 'datatype'> & {
  read(): { readonly data: unknown } | Promise<{ readonly data: unknown }>;
};

async function readValue(node: Valued, maxBytes: number): Promise<Found> {
  const { shape, datatype } = node;
  const name = datatype.class === 'vlen' && datatype.kind === 'string' ? 'string' : datatype.class;
  const count = (shape ?? []).reduce((product, length) => product * length, 1);
  if (count * datatype.size > maxBytes) return { skipped: 'large' };
  if (shape === null) return { value: canonical(name, null, undefined) };
  const { data } = await node.read();
  const value = canonical(name, shape, data);
  const spaced = datatype.class === 'string' && datatype.padding === 'space-pad';
  return { value: spaced ? withoutPadding(value, data) : value };
}

/** Everything within reach, and nothing that fails on the way: what is asked for later says why. */
async function walk(file: File): Promise<Wanted[]> {
  const found: Wanted[] = [];
  const visit = async (entity: Hdf5Object<Mode>, path: string, depth: number) => {
    found.push({ path, kind: kindOf(entity) });
    for (const attribute of (await known(() => entity.attributes.names())) ?? []) {
      found.push({ path, kind: 'attribute', attribute });
    }
    if (entity.kind !== 'group' || depth === maxDepth) return;
    for (const name of (await known(() => entity.keys())) ?? []) {
      if (found.length > maxObjects) return;
      const child = await known(() => entity.get(name));
      if (child) await visit(child, `${path === '/' ? '' : path}/${name}`, depth + 1);
    }
  };
  await visit(file.root, '/', 0);
  return found;
}

function kindOf(entity: Hdf5Object<Mode>): Wanted['kind'] {
  return entity.kind === 'group' || entity.kind === 'dataset' ? entity.kind : 'datatype';
}

/** The result, or nothing when it is refused in a way that has a name; other errors are crashes. */
async function known<T>(act: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (isTerraneError(error)) return undefined;
    throw error;
  }
}
