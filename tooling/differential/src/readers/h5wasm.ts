import { dirname } from 'node:path';
import { openH5wasm } from '@terrane/oracles';
import { BrokenSoftLink, Dataset, Datatype, ExternalLink, type Group, Module } from 'h5wasm/node';
import { canonical, withoutPadding } from '../canonical.js';
import type { Found, ReadAnswer, ReadRequest, Value, Wanted } from '../messages.js';
import { serve } from './serve.js';

/*
 * The reader that is the HDF5 library. It lists everything in a file, each object once.
 */
const classes = [
  ...['integer', 'float', 'time', 'string', 'bitfield', 'opaque', 'compound', 'reference', 'enum', 'vlen'],
  'array',
];
const spacePadded = 2;

type Item = Wanted & { readonly found: Found };

serve(async ({ path, maxBytes }: ReadRequest): Promise<ReadAnswer> => {
  // External files are looked for from where the process is.
  process.chdir(dirname(path));
  using open = await openH5wasm(path);
  const items: Item[] = [];
  walk(open.file, items, new Set(), maxBytes);
  return { items };
});

function walk(group: Group, items: Item[], seen: Set<string>, maxBytes: number): void {
  const { path } = group;
  if (seen.has(addressOf(group))) return;
  seen.add(addressOf(group));
  const names = attempt(() => group.keys());
  items.push({ path, kind: 'group', found: 'error' in names ? names : { names } });
  attributes(group, items, maxBytes);
  for (const name of 'error' in names ? [] : names) {
    const entity = attempt(() => group.get(name));
    if (entity === null || entity instanceof BrokenSoftLink || entity instanceof ExternalLink) continue;
    if ('error' in entity || !('attrs' in entity)) continue;
    if (!(entity instanceof Dataset || entity instanceof Datatype)) {
      walk(entity as Group, items, seen, maxBytes);
      continue;
    }
    const address = addressOf(entity);
    if (seen.has(address)) continue;
    seen.add(address);
    if (entity instanceof Dataset) {
      items.push({ path: entity.path, kind: 'dataset', found: readValue(entity, maxBytes) });
    } else {
      items.push({ path: entity.path, kind: 'datatype', found: { there: true } });
    }
    attributes(entity, items, maxBytes);
  }
}

function attributes(owner: Group | Dataset | Datatype, items: Item[], maxBytes: number): void {
  const { path } = owner;
  const names = attempt(() => Module.get_attribute_names(owner.file_id, path));
  for (const attribute of 'error' in names ? [] : names) {
    const found = attempt(() => readValue(owner.attrs[attribute]!, maxBytes));
    items.push({ path, kind: 'attribute', attribute, found });
  }
}

function readValue(node: Pick<Dataset, 'metadata' | 'shape' | 'value'>, maxBytes: number): Found {
  return attempt(() => {
    const { type, size, shape, strpad } = node.metadata;
    const name = classes[type] ?? 'unknown';
    const count = (shape ?? []).reduce((product, length) => product * length, 1);
    if (count * size > maxBytes) return { skipped: 'large' };
    if (name === 'reference') return { skipped: 'reference' };
    if (shape === null) return { value: canonical(name, null, undefined) };
    const data = count === 0 ? [] : node.value;
    const value: Value = canonical(name, shape, data);
    return { value: name === 'string' && strpad === spacePadded ? withoutPadding(value, data) : value };
  });
}

/** An object is known by its address, however many names lead to it. */
function addressOf(entity: Group | Dataset | Datatype): string {
  const address = attempt(() => Module.create_object_reference(entity.file_id, entity.path));
  return 'error' in address ? entity.path : address.join();
}

function attempt<T>(act: () => T): T | { readonly error: { readonly message: string } } {
  try {
    return act();
  } catch (error) {
    return { error: { message: error instanceof Error ? error.message : String(error) } };
  }
}
