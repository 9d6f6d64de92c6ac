/** A store under test. Everything may answer by promise. */
export interface Store {
  readonly name: string;
  /** Keeps a value; what is `batch` values ago is durable, as far as the store can do that. */
  put(number: number, bytes: Uint8Array): unknown;
  /** Makes the rest durable. */
  flush(): unknown;
  get(number: number): unknown;
  /** The first byte of a value that is not copied, or that is in a place which the next call uses again. */
  view?(number: number): unknown;
  /** The value in the caller's array. */
  into?(number: number, target: Uint8Array): unknown;
  close(): unknown;
}

/** What each kind of store is opened with. */
export interface StoreOptions {
  readonly folder: string;
  readonly readOnly?: boolean;
  /** Bytes of values beyond which the oldest go; ours takes it for the length of its file. No bound for the peers unless given. */
  readonly bound?: number;
}

/** Values in one durable batch: 8 MiB of 64 KiB blocks. */
export const batch = 128;
