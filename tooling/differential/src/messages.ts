/** One thing to compare: an object of a file, or an attribute of one. */
export interface Wanted {
  readonly path: string;
  readonly kind: 'group' | 'dataset' | 'datatype' | 'attribute';
  /** The attribute's name, when it is one. */
  readonly attribute?: string;
}

/** Values, reduced to what can be compared and shown. */
export interface Value {
  readonly class: string;
  readonly shape: readonly number[] | null;
  /** A hash of the values in canonical form; several when the same bytes may be read in several ways. */
  readonly digests: readonly string[];
  /** The first few values. */
  readonly preview: string;
}

/** What a reader found where it was asked to look. */
export type Found =
  | { readonly value: Value }
  | { readonly names: readonly string[] }
  | { readonly there: true }
  | { readonly skipped: string }
  | { readonly error: ReaderError };

/** How a reader refused. `code` is there for errors of Terrane's. */
export interface ReaderError {
  readonly message: string;
  readonly code?: string;
  readonly feature?: string;
}

/** What a reader is asked: all of a file, or only what is wanted. */
export interface ReadRequest {
  readonly path: string;
  readonly wanted?: readonly Wanted[];
  /** Values of more bytes than this are left out. */
  readonly maxBytes: number;
  /** Reads over a driver that answers by promise. */
  readonly promises?: boolean;
}

/** A reader's answer: everything it was asked about, or why the file does not open. */
export type ReadAnswer =
  | { readonly items: readonly (Wanted & { readonly found: Found })[] }
  | { readonly error: ReaderError };
