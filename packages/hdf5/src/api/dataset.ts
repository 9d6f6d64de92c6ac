import { chain, type Mode, type Out, settled } from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import { errors } from '../errors.js';
import { elementCount } from '../format/messages/dataspace.js';
import type { Datatype } from '../format/messages/datatype.js';
import type { Filter } from '../format/messages/filter-pipeline.js';
import { hyperslabRuns, resolveSelection, type Selection, selectionOptions } from '../plan/hyperslab.js';
import { type NdArray, ndArray, sizeOf } from '../plan/nd-array.js';
import { readContiguous } from '../plan/read-contiguous.js';
import { bytesCodec } from '../types/bytes-codec.js';
import { codecOf } from '../types/codec-of.js';
import { createValues } from '../types/decode-elements.js';
import { type ArrayOf, type DtypeName, dtypeName, type ValueArray } from '../types/dtype.js';
import { checkArray, type InputValue, isScalar } from '../types/input-value.js';
import { stringCodec } from '../types/string-codec.js';
import type { InputValues, ValueCodec } from '../types/value-codec.js';
import { decodeVlenStrings } from '../types/vlen-strings.js';
import { Attributes } from './attributes.js';
import { type DatasetFacts, loadDataset } from './dataset-facts.js';
import { fillValues, readCompact, requireStorage } from './dataset-storage.js';
import { type DatasetView, showValues } from './dataset-view.js';
import { writeDataset } from './dataset-write.js';
import type { FileContext } from './file-context.js';

/** What to read, and where to. */
export interface ReadOptions<A> extends Selection {
  /** Receives the values; it must be of the type's kind and as long as the selection. Saves fresh memory. */
  readonly out?: A;
}

/** Makes arrays of text; how long a stored text may be does not matter for that. */
const textCodec = stringCodec({ class: 'string', size: 1, padding: 'null-pad', charset: 'utf-8' });

/** A dataset. `Name` is the type it was asked for as, which says what arrays its values come in. */
export class Dataset<M extends Mode = Mode, Name extends DtypeName = DtypeName> {
  readonly kind = 'dataset';
  readonly path: string;
  readonly attributes: Attributes<M>;
  readonly #context: FileContext<M>;
  readonly #address: number;
  #facts: DatasetFacts;
  /** The file's revision that the facts are of. */
  #revision: number;

  constructor(context: FileContext<M>, address: number, path: string, facts: DatasetFacts) {
    this.path = path;
    this.attributes = new Attributes(context, address, path);
    this.#context = context;
    this.#address = address;
    this.#facts = facts;
    this.#revision = context.store.revision;
  }

  /** The facts as they are now: another handle of the same dataset may have given it storage. */
  #current(): Out<M, DatasetFacts> {
    const { store, mode } = this.#context;
    if (this.#revision === store.revision) return settled(mode, this.#facts);
    return this.#context.run(() => {
      this.#facts = loadDataset(store, this.#address, this.path);
      this.#revision = store.revision;
      return this.#facts;
    });
  }

  /** Lengths by dimension, slowest first; empty for a scalar, `null` for a null dataspace. */
  get shape(): readonly number[] | null {
    return this.#facts.dataspace.kind === 'null' ? null : this.#facts.dataspace.shape;
  }

  /** How far each dimension may grow; `Infinity` for unlimited. */
  get maxShape(): readonly number[] | null {
    return this.#facts.dataspace.kind === 'null' ? null : this.#facts.dataspace.maxShape;
  }

  /** How many elements it has. */
  get size(): number {
    return elementCount(this.#facts.dataspace);
  }

  /** The type as the file describes it. */
  get datatype(): Datatype {
    return this.#facts.datatype;
  }

  /** The type's short name; `undefined` for types that have none. */
  get dtype(): DtypeName | undefined {
    return dtypeName(this.#facts.datatype);
  }

  /** How the values are stored. */
  get layout(): 'compact' | 'contiguous' | 'chunked' | 'virtual' {
    return this.#facts.layout.kind;
  }

  /** Lengths of its chunks by dimension; `undefined` for datasets that are not chunked. */
  get chunkShape(): readonly number[] | undefined {
    const { layout } = this.#facts;
    return layout.kind === 'chunked' ? layout.chunkShape : undefined;
  }

  /** The filters its chunks pass through when they are written, in this order. */
  get filters(): readonly Filter[] {
    return this.#facts.filters;
  }

  /** When it was last changed, for files that track it. */
  get modified(): Date | undefined {
    return this.#facts.modified;
  }

  /**
   * Reads values, all or a selection, into fresh memory or into `out`.
   *
   * @throws H5_UNSUPPORTED naming the layout or datatype that is not read yet, H5_WRONG_SHAPE for a selection
   *   outside the dataset, H5_TRUNCATED when the file ends before the values
   */
  read(options: ReadOptions<ArrayOf<Name>> = {}): Out<M, NdArray<ArrayOf<Name>>> {
    return this.#context.guard(() => {
      checkOptions(options, [...selectionOptions, 'out'], 'read');
      return chain<M, DatasetFacts, NdArray<ValueArray>>(this.#current(), (facts) =>
        this.#read(facts, options),
      ) as Out<M, NdArray<ArrayOf<Name>>>;
    });
  }

  #read(facts: DatasetFacts, { out, ...selection }: ReadOptions<ValueArray>): Out<M, NdArray<ValueArray>> {
    const { datatype } = facts;
    if (datatype.class !== 'vlen') return this.#readAs(facts, codecOf(datatype), selection, out);
    const context = this.#context;
    return chain<M, NdArray<ValueArray>, NdArray<ValueArray>>(
      this.#readAs(facts, bytesCodec(datatype.size), selection, undefined),
      ({ data, shape }) =>
        context.run(() => {
          const texts = decodeVlenStrings(context.store, data as Uint8Array, datatype);
          if (out === undefined) return ndArray(texts, shape);
          const target = this.#target(textCodec, texts.length, out) as string[];
          return ndArray(Object.assign(target, texts), shape);
        }),
    );
  }

  #readAs(
    facts: DatasetFacts,
    codec: ValueCodec,
    selection: Selection,
    out: ValueArray | undefined,
  ): Out<M, NdArray<ValueArray>> {
    const { dataspace, layout } = facts;
    const shape = dataspace.kind === 'null' ? [0] : dataspace.shape;
    const slab = resolveSelection(selection, shape);
    const count = sizeOf(slab.count);
    const runs = hyperslabRuns(slab, shape);
    if (layout.kind === 'contiguous' && layout.address !== undefined && count > 0) {
      const { store, handle } = this.#context;
      const bytes = sizeOf(shape) * codec.elementBytes;
      requireStorage(store, layout, bytes, this.path);
      const values = this.#target(codec, count, out);
      const source = { position: store.base + layout.address, codec, path: this.path };
      return chain<M, void, NdArray<ValueArray>>(readContiguous(handle, source, runs, values), () =>
        settled(this.#context.mode, ndArray(values, slab.count)),
      );
    }
    if (layout.kind === 'compact') {
      requireStorage(this.#context.store, layout, sizeOf(shape) * codec.elementBytes, this.path);
      const values = this.#target(codec, count, out);
      readCompact(codec, layout.data, runs, values);
      return settled(this.#context.mode, ndArray(values, slab.count));
    }
    if (layout.kind !== 'contiguous') throw unsupportedLayout(layout.kind, this.path);
    const values = fillValues(codec, facts, count, this.path, (many) => this.#target(codec, many, out));
    return settled(this.#context.mode, ndArray(values, slab.count));
  }

  /** The array that receives the values. */
  #target(codec: ValueCodec, count: number, out: ValueArray | undefined): ValueArray {
    if (out === undefined) return createValues(codec, count, this.path);
    const sample = codec.create(0);
    if (!codec.accepts(out) || out.length !== count) {
      throw errors.H5_WRONG_SHAPE({
        message: `out does not take the values of ${this.path}`,
        path: this.path,
        expected: `${sample.constructor.name} of ${count}`,
        found: `${out?.constructor?.name} of ${out?.length}`,
      });
    }
    return out;
  }

  /**
   * Shows the values where they are, without a copy: over a driver that can, contiguous storage in the host's
   * byte order, and a selection in one piece.
   *
   * @throws H5_NO_VIEW saying what stands in the way
   */
  view(selection: Selection = {}): DatasetView<ArrayOf<Name>> {
    if (this.#context.closed) throw this.#context.closedError();
    // Over promises there is no time to look again; but storage that was there stays where it is.
    if (this.#context.mode === 'sync') this.#current();
    return showValues(this.#context, this.#facts, selection, this.path) as DatasetView<ArrayOf<Name>>;
  }

  /**
   * Writes values over those of a selection, or of the whole dataset. A single value is written to every element.
   * Values go to the driver at once; `flush` makes them durable.
   *
   * @throws H5_WRONG_TYPE, H5_WRONG_SHAPE for values that do not fit (nothing is written), H5_READ_ONLY
   */
  write(value: InputValue, selection: Selection = {}): Out<M, void> {
    const context = this.#context;
    return context.edit(() =>
      chain<M, DatasetFacts, void>(this.#current(), (facts) =>
        chain<M, void, void>(this.#write(facts, value, selection), () =>
          chain<M, DatasetFacts, void>(
            this.#current(),
            () => settled(context.mode, undefined) as Out<M, void>,
          ),
        ),
      ),
    );
  }

  #write(facts: DatasetFacts, value: InputValue, selection: Selection): Out<M, void> {
    const { dataspace, layout, datatype } = facts;
    const shape = dataspace.kind === 'null' ? [0] : dataspace.shape;
    const slab = resolveSelection(selection, shape);
    const count = sizeOf(slab.count);
    requireStorage(this.#context.store, layout, sizeOf(shape) * datatype.size, this.path);
    const values = isScalar(value) ? (new Array(count).fill(value) as InputValues) : checkArray(value);
    if (values.length !== count) {
      throw errors.H5_WRONG_SHAPE({
        message: `the values do not fill the selection of ${this.path}`,
        path: this.path,
        expected: `${count} values`,
        found: `${values.length}`,
      });
    }
    return writeDataset(this.#context, this.#address, facts, slab, values, this.path);
  }
}

function unsupportedLayout(kind: string, path: string): Error {
  return errors.H5_UNSUPPORTED({
    message: `${path} is stored ${kind}, which is not read yet`,
    feature: `${kind} layout`,
    path,
  });
}
