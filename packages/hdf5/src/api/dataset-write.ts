import { chain, type Mode, type Out } from '@terrane/driver';
import { errors } from '../errors.js';
import { encodeLayout, type Layout } from '../format/messages/layout.js';
import { messageType } from '../format/messages/message-type.js';
import { HeaderEdit } from '../index/header-edit.js';
import { loadHeader } from '../index/object-header.js';
import { type Hyperslab, hyperslabRuns } from '../plan/hyperslab.js';
import { sizeOf } from '../plan/nd-array.js';
import { writeContiguous } from '../plan/write-contiguous.js';
import { inTurn, onFailure } from '../store/in-turn.js';
import { codecOf } from '../types/codec-of.js';
import type { InputValues, ValueCodec } from '../types/value-codec.js';
import { touch } from './attributes.js';
import type { DatasetFacts } from './dataset-facts.js';
import { fillElement } from './dataset-storage.js';
import type { FileContext } from './file-context.js';

/** Writes values to a selection of a dataset, allocating its storage if this is the first time. */
export function writeDataset<M extends Mode>(
  context: FileContext<M>,
  address: number,
  facts: DatasetFacts,
  slab: Hyperslab,
  values: InputValues,
  path: string,
): Out<M, void> {
  const { layout, dataspace, datatype } = facts;
  const shape = dataspace.kind === 'null' ? [0] : dataspace.shape;
  const codec = codecOf(datatype);
  // Every value is looked at before the first is written. A typed array of the right kind needs no looking.
  if (!codec.accepts(values) || codec.inPlace === undefined) codec.encode(values, 0, values.length);
  if (layout.kind === 'compact') {
    const data = layout.data.slice();
    for (const run of hyperslabRuns(slab, shape)) {
      const bytes = codec.encode(values, run.target, run.count);
      const size = codec.elementBytes;
      for (let index = 0; index < run.count; index++) {
        data.set(bytes.subarray(index * size, (index + 1) * size), (run.source + index * run.step) * size);
      }
    }
    return context.run(() => replaceLayout(context, address, { kind: 'compact', data }));
  }
  if (layout.kind !== 'contiguous') {
    throw errors.H5_EDIT_UNSUPPORTED({
      message: `${path} is stored ${layout.kind}, which is not written yet`,
      feature: `${layout.kind} layout`,
      path,
    });
  }
  const runs = hyperslabRuns(slab, shape);
  if (layout.address !== undefined) {
    return writeRaw(context, layout.address, sizeOf(shape) * codec.elementBytes, codec, runs, values);
  }
  if (values.length === 0) return context.run(() => undefined);
  return firstWrite(context, address, facts, codec, runs, values);
}

/** Writes values to storage that exists. What the cache holds of that range is dropped. */
export function writeRaw<M extends Mode>(
  context: FileContext<M>,
  address: number,
  storageBytes: number,
  codec: ValueCodec,
  runs: ReturnType<typeof hyperslabRuns>,
  values: InputValues,
): Out<M, void> {
  const { store, handle } = context;
  const position = store.base + address;
  return chain<M, void, void>(writeContiguous(handle, position, codec, runs, values), () =>
    context.run(() => {
      store.cache.drop(position, storageBytes);
      store.physicalSize = Math.max(store.physicalSize, position + storageBytes);
    }),
  );
}

/** Allocates the whole extent, fills it, writes the values, and only then makes the header point there. */
function firstWrite<M extends Mode>(
  context: FileContext<M>,
  header: number,
  facts: DatasetFacts,
  codec: ValueCodec,
  runs: ReturnType<typeof hyperslabRuns>,
  values: InputValues,
): Out<M, void> {
  const { store } = context;
  const count = facts.dataspace.kind === 'null' ? 0 : sizeOf(facts.dataspace.shape);
  const size = count * codec.elementBytes;
  return withStorage(context, size, (address) => {
    const position = store.base + address;
    const filled = writeFill(context, position, count, fillElement(codec.elementBytes, facts.fill));
    return chain<M, void, void>(filled, () =>
      chain<M, void, void>(writeRaw(context, address, size, codec, runs, values), () =>
        context.run(() => replaceLayout(context, header, { kind: 'contiguous', address, size })),
      ),
    );
  });
}

/** Allocates storage for raw data; when filling it or pointing to it fails, it is given back. */
export function withStorage<M extends Mode, T>(
  context: FileContext<M>,
  bytes: number,
  use: (address: number) => Out<M, T>,
): Out<M, T> {
  const { store } = context;
  return chain<M, number, T>(
    context.run(() => store.allocate(bytes, 'raw')),
    (address) =>
      onFailure(
        () => use(address),
        () => store.space.release(address, bytes),
      ),
  );
}

/** Zeros come from growing the file, where it is one; members of a set, and other fill values, are written in pieces. */
function writeFill<M extends Mode>(
  { handle, store }: FileContext<M>,
  position: number,
  count: number,
  element: Uint8Array,
): Out<M, void> {
  const end = position + count * element.length;
  if (!store.space.isSet && element.every((byte) => byte === 0)) {
    return chain<M, number, void>(handle.size(), (size) => handle.truncate(Math.max(size, end)));
  }
  const perPiece = Math.max(1, Math.floor((1024 * 1024) / element.length));
  const piece = new Uint8Array(Math.min(count, perPiece) * element.length);
  for (let at = 0; at < piece.length; at += element.length) piece.set(element, at);
  return inTurn(handle.mode, pieceStarts(position, end, piece.length), (at) =>
    handle.write(at, piece.subarray(0, Math.min(piece.length, end - at)), { kind: 'raw' }),
  );
}

function* pieceStarts(start: number, end: number, step: number): IterableIterator<number> {
  for (let at = start; at < end; at += step) yield at;
}

function replaceLayout<M extends Mode>(
  context: FileContext<M>,
  address: number,
  layout: Extract<Layout, { kind: 'contiguous' | 'compact' }>,
): void {
  const edit = new HeaderEdit(context.store, loadHeader(context.store, address));
  const message = edit.messages.find(({ type }) => type === messageType.layout)!;
  edit.replace(message, encodeLayout(layout, context.store.sizes));
  touch(edit);
  edit.commit();
}
