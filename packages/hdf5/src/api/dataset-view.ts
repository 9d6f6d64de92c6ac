import type { Lease, Mode } from '@terrane/driver';
import { errors } from '../errors.js';
import { hyperslabRuns, type Run, resolveSelection, type Selection } from '../plan/hyperslab.js';
import { type NdArray, ndArray, sizeOf } from '../plan/nd-array.js';
import { codecOf } from '../types/codec-of.js';
import type { ValueArray } from '../types/dtype.js';
import type { ValueCodec } from '../types/value-codec.js';
import type { DatasetFacts } from './dataset-facts.js';
import { requireStorage } from './dataset-storage.js';
import type { FileContext } from './file-context.js';

/** Values that are shown where they are stored. After `release` they are unreachable, not dangling. */
export interface DatasetView<A> extends NdArray<A>, Disposable {
  release(): void;
}

/**
 * Shows a selection of a dataset's values where they are.
 *
 * @throws H5_NO_VIEW saying what stands in the way
 */
export function showValues(
  { handle, store }: FileContext<Mode>,
  { dataspace, datatype, layout }: DatasetFacts,
  selection: Selection,
  path: string,
): DatasetView<ValueArray> {
  const refuse = (reason: string): Error =>
    errors.H5_NO_VIEW({
      message: `${path} cannot be shown without a copy: ${reason}`,
      path,
      hint: 'read() copies',
    });
  const shape = dataspace.kind === 'null' ? [0] : dataspace.shape;
  const slab = resolveSelection(selection, shape);
  const codec = codecOf(datatype);
  if (!handle.manifest.capabilities.view) throw refuse(`the driver ${handle.manifest.driver} has none`);
  if (layout.kind !== 'contiguous') throw refuse(`its storage is ${layout.kind}`);
  if (layout.address === undefined) throw refuse('nothing is stored yet');
  if (!codec.inPlace?.native) throw refuse('its values are stored in another form');
  const runs = hyperslabRuns(slab, shape);
  const run = runs.next().value as Run | undefined;
  if (run === undefined || run.step !== 1 || !runs.next().done)
    throw refuse('the selection is not one piece');
  requireStorage(store, layout, sizeOf(shape) * codec.elementBytes, path);
  const position = store.base + layout.address + run.source * codec.elementBytes;
  const length = run.count * codec.elementBytes;
  const lease = handle.view(position, length);
  if (lease === undefined) throw refuse('the driver keeps these bytes in more than one piece');
  if (lease.bytes.byteOffset % codec.inPlace.alignment !== 0 || lease.bytes.length !== length) {
    lease.release();
    throw refuse('the values do not begin at a multiple of their size');
  }
  return new LeasedView(lease, codec, slab.count);
}

/** A typed array over leased bytes. */
class LeasedView implements DatasetView<ValueArray> {
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly #lease: Lease;
  readonly #codec: ValueCodec;

  constructor(lease: Lease, codec: ValueCodec, shape: readonly number[]) {
    ({ shape: this.shape, stride: this.stride } = ndArray(undefined, shape));
    this.#lease = lease;
    this.#codec = codec;
  }

  /** The values as the file has them now. Keep it in a variable for a loop, not across writes to the file. */
  get data(): ValueArray {
    return this.#codec.inPlace!.overlay(this.#lease.bytes);
  }

  release(): void {
    this.#lease.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
