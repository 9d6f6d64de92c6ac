import type { LayoutDescription } from '@terrane/layout';
import type { MappingDescription } from '@terrane/mmap';
import type { DimensionNames, Order } from './shape.js';
import type { StringOptions } from './string-store.js';

/** A vector or table as plain data: what it is, and where its bytes are. */
export interface VectorDescription {
  readonly terrane: 'vector';
  readonly mapping: MappingDescription;
  /** A layout, bits, or strings of varying length. */
  readonly elements: { readonly layout: LayoutDescription } | 'bits' | { readonly strings: StringOptions };
  readonly shape: readonly number[];
  readonly order: Order;
  readonly names: DimensionNames;
}

/** A record table as plain data. */
export interface TableDescription {
  readonly terrane: 'records';
  readonly mapping: MappingDescription;
  readonly struct: LayoutDescription;
  readonly count: number;
}
