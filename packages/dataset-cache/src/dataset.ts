/** What a dataset is known by: cached blocks are those of one revision. */
export interface DatasetId {
  readonly guid: string;
  /** 0 or more; every change of the data raises it. */
  readonly revision: number;
}

/** How a chunk is read. */
export interface ReadChunkOptions {
  /** 0, the finest, unless given. */
  readonly level?: number;
  readonly signal?: AbortSignal;
}

/** Samples in chunks, wherever they are: what a cache can stand before. */
export interface Dataset {
  readonly id: DatasetId;
  /** Fields for people: a name, remarks. */
  readonly info?: Readonly<Record<string, string>>;
  /** Length of every dimension, in samples, at level 0. */
  readonly shape: readonly number[];
  /** Type of one sample: `"float32"`, `"uint8"` … */
  readonly sampleType: string;
  /** Length of a chunk in every dimension, in samples. */
  readonly chunkShape: readonly number[];
  /** How many levels there are; each has half the samples of the one before in every dimension. 1 unless given. */
  readonly levels?: number;
  /** The bytes of one chunk; `coordinates` count chunks. */
  readChunk(coordinates: readonly number[], options?: ReadChunkOptions): Promise<Uint8Array>;
}

/** A part of a dataset: the first sample, and the one after the last, in samples of level 0. */
export interface Region {
  readonly start: readonly number[];
  readonly end: readonly number[];
}
