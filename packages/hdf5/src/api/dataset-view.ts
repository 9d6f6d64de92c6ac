import type { Lease } from '@terrane/driver';
import { type NdArray, ndArray } from '../plan/nd-array.js';
import type { ValueArray } from '../types/dtype.js';
import type { ValueCodec } from '../types/value-codec.js';

/** Values that are shown where they are stored. After `release` they are unreachable, not dangling. */
export interface DatasetView<A> extends NdArray<A>, Disposable {
  release(): void;
}

/** A typed array over leased bytes. */
export class LeasedView implements DatasetView<ValueArray> {
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
