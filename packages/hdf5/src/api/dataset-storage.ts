import { errors } from '../errors.js';
import type { Layout } from '../format/messages/layout.js';
import type { Run } from '../plan/hyperslab.js';
import { decodeRun } from '../plan/read-contiguous.js';
import type { MetadataStore } from '../store/metadata-store.js';
import type { ValueArray } from '../types/dtype.js';
import type { ValueCodec } from '../types/value-codec.js';
import type { DatasetFacts } from './dataset-facts.js';

/** Values that exist only as a fill value are made up to this many bytes; more must be selected in parts. */
const maxFilledBytes = 1024 * 1024 * 1024;

/**
 * Storage that is too small, or ends behind the file, is found out before memory is taken for it, or anything
 * is written over what lies behind.
 *
 * @throws H5_TRUNCATED
 */
export function requireStorage(store: MetadataStore, layout: Layout, needed: number, path: string): void {
  const stored = storedBytes(store, layout, needed);
  if (stored >= needed) return;
  throw errors.H5_TRUNCATED({
    message: `the storage of ${path} is smaller than its type and shape need`,
    path,
    structure: 'raw data',
    expected: `${needed} bytes`,
    found: `${stored} bytes`,
  });
}

/** How many bytes there are for a dataset's values; storage that is not there yet will be as large as it must. */
function storedBytes(store: MetadataStore, layout: Layout, needed: number): number {
  if (layout.kind === 'compact') return layout.data.length;
  if (layout.kind !== 'contiguous' || layout.address === undefined) return needed;
  const inFile = Math.max(0, store.physicalSize - store.base - layout.address);
  return Math.min(layout.size ?? needed, inFile);
}

/** Decodes runs of a dataset whose values stand in its object header. */
export function readCompact(codec: ValueCodec, data: Uint8Array, runs: Iterable<Run>, out: ValueArray): void {
  for (const run of runs) decodeRun(codec, data.subarray(run.source * codec.elementBytes), run, out);
}

/**
 * The values of a dataset that nobody wrote to: its fill value, again and again.
 *
 * @throws H5_LIMIT when they are too many to make up
 */
export function fillValues(
  codec: ValueCodec,
  facts: Pick<DatasetFacts, 'fill'>,
  count: number,
  path: string,
  target: (count: number) => ValueArray,
): ValueArray {
  // Text takes a pointer for each value at the least.
  if (count * Math.max(codec.elementBytes, 8) > maxFilledBytes) {
    throw errors.H5_LIMIT({
      message: `${path} was never written, and ${count} fill values are too many to make up at once`,
      path,
      expected: `up to ${maxFilledBytes} bytes`,
      found: `${count * codec.elementBytes} bytes`,
      hint: 'select a part',
    });
  }
  const values = target(count);
  if (count === 0) return values;
  const one = codec.create(1);
  codec.decode(fillElement(codec.elementBytes, facts.fill), one, 0);
  if (one.length === 1) (values as unknown[]).fill(one[0]);
  else
    for (let at = 0; at < values.length; at += one.length) (values as Uint8Array).set(one as Uint8Array, at);
  return values;
}

/** One stored element of the fill value. */
export function fillElement(elementBytes: number, fill: Uint8Array | undefined): Uint8Array {
  if (fill === undefined || fill.every((byte) => byte === 0)) return new Uint8Array(elementBytes);
  if (fill.length === elementBytes) return fill;
  throw errors.H5_BAD_VALUE({
    message: 'the fill value is not one element long',
    structure: 'fill value message',
    expected: `${elementBytes} bytes`,
    found: `${fill.length} bytes`,
  });
}
