import { chain, type Mode, type Out } from '@terrane/driver';
import { errors } from '../errors.js';
import { encodeDataspace } from '../format/messages/dataspace.js';
import { encodeDatatype } from '../format/messages/encode-datatype.js';
import { encodeDefaultFillValue } from '../format/messages/fill-value.js';
import { encodeLayout, type Layout } from '../format/messages/layout.js';
import { messageFlag, messageType } from '../format/messages/message-type.js';
import { encodeModificationTime } from '../format/messages/modification-time.js';
import { maxMessageBytes } from '../index/header-edit.js';
import { hyperslabRuns, resolveSelection } from '../plan/hyperslab.js';
import { sizeOf } from '../plan/nd-array.js';
import { codecOf } from '../types/codec-of.js';
import { type InputArray, type ResolvedInput, resolveInput } from '../types/input-value.js';
import { Dataset } from './dataset.js';
import { loadDataset } from './dataset-facts.js';
import { withStorage, writeRaw } from './dataset-write.js';
import type { FileContext } from './file-context.js';
import { createHeader, type NewMessage } from './new-object.js';

/** What a new dataset is to be. */
export interface DatasetOptions extends InputArray {
  /** `contiguous` (the default): in one piece of its own. `compact`: in the object header, for up to 64 KiB. */
  readonly layout?: 'contiguous' | 'compact';
}

/** The option names of `createDataset`. */
export const datasetOptions = ['data', 'shape', 'type', 'layout'] as const;

/** Writes a dataset's values, then its header, and has it linked; in that order, so that nothing points to what is not there. */
export function createDataset<M extends Mode>(
  context: FileContext<M>,
  options: DatasetOptions,
  path: string,
  link: (address: number) => void,
): Out<M, Dataset<M>> {
  const input = resolveInput(options);
  const wanted = options.layout ?? 'contiguous';
  if (wanted !== 'contiguous' && wanted !== 'compact') {
    throw new RangeError(`layout is "contiguous" or "compact", not ${JSON.stringify(wanted)}`);
  }
  const finish = (layout: StoredLayout): Out<M, Dataset<M>> =>
    context.run(() => {
      const address = createHeader(
        context.store,
        context.generation,
        datasetMessages(context, input, layout),
      );
      link(address);
      return new Dataset(context, address, path, loadDataset(context.store, address, path));
    });
  const { values, dataspace, datatype } = input;
  const codec = codecOf(datatype);
  const count = dataspace.kind === 'null' ? 0 : sizeOf(dataspace.shape);
  const size = count * codec.elementBytes;
  if (wanted === 'compact') {
    if (size > maxMessageBytes - 8) throw tooLarge(size, path);
    const data = values === undefined ? new Uint8Array(size) : codec.encode(values, 0, count);
    return finish({ kind: 'compact', data });
  }
  if (values === undefined || size === 0) return finish({ kind: 'contiguous', address: undefined, size });
  if (!codec.accepts(values) || codec.inPlace === undefined) codec.encode(values, 0, count);
  const shape = dataspace.kind === 'null' ? [] : dataspace.shape;
  const runs = hyperslabRuns(resolveSelection(undefined, shape), shape);
  return withStorage(context, size, (address) =>
    chain<M, void, Dataset<M>>(writeRaw(context, address, size, codec, runs, values), () =>
      finish({ kind: 'contiguous', address, size }),
    ),
  );
}

type StoredLayout = Extract<Layout, { kind: 'contiguous' | 'compact' }>;

function datasetMessages<M extends Mode>(
  context: FileContext<M>,
  { datatype, dataspace }: ResolvedInput,
  layout: StoredLayout,
): NewMessage[] {
  const { sizes } = context.store;
  const old = context.generation === 'old';
  const messages: NewMessage[] = [
    { type: messageType.dataspace, flags: 0, body: encodeDataspace(dataspace, old ? 1 : 2, sizes) },
    { type: messageType.datatype, flags: messageFlag.constant, body: encodeDatatype(datatype) },
    { type: messageType.fillValue, flags: messageFlag.constant, body: encodeDefaultFillValue(old ? 2 : 3) },
    { type: messageType.layout, flags: 0, body: encodeLayout(layout, sizes) },
  ];
  if (context.settings.trackTimes) {
    messages.push({ type: messageType.modificationTime, flags: 0, body: encodeModificationTime(new Date()) });
  }
  return messages;
}

function tooLarge(size: number, path: string): Error {
  return errors.H5_LIMIT({
    message: `${path} is too large for compact storage`,
    path,
    expected: `up to ${maxMessageBytes - 8} bytes`,
    found: `${size} bytes`,
    hint: 'leave layout out',
  });
}
