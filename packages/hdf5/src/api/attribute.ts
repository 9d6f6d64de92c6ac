import type { Mode, Out } from '@terrane/driver';
import type { Datatype } from '../format/messages/datatype.js';
import type { AttributeRecord } from '../index/attributes.js';
import type { NdArray } from '../plan/nd-array.js';
import { decodeElements } from '../types/decode-elements.js';
import type { ValueArray } from '../types/dtype.js';
import type { FileContext } from './file-context.js';

/** One attribute as it was when it was looked up. */
export class Attribute<M extends Mode = Mode> {
  readonly name: string;
  readonly datatype: Datatype;
  /** Lengths by dimension; empty for a scalar, `null` for a null dataspace. */
  readonly shape: readonly number[] | null;
  readonly #context: FileContext<M>;
  readonly #record: AttributeRecord;
  readonly #owner: string;

  constructor(context: FileContext<M>, record: AttributeRecord, owner: string) {
    this.name = record.name;
    this.datatype = record.datatype;
    this.shape = record.dataspace.kind === 'null' ? null : record.dataspace.shape;
    this.#context = context;
    this.#record = record;
    this.#owner = owner;
  }

  /** Its values, copied out. @throws H5_UNSUPPORTED for datatypes that are not decoded yet */
  read(): Out<M, NdArray<ValueArray>> {
    const { data, datatype, dataspace } = this.#record;
    return this.#context.run(() =>
      decodeElements(
        this.#context.store,
        data,
        datatype,
        dataspace,
        `attribute ${this.name} of ${this.#owner}`,
      ),
    );
  }
}
