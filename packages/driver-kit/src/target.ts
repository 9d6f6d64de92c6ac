import type { Driver, OpenMode, Resources, Spec } from '@terrane/driver';

/** Where a case opens its files: what the driver needs to find them, all but the mode. */
export interface Place {
  readonly spec: Omit<Spec, 'driver' | 'mode'>;
  readonly resources?: Resources;
  /** Called when the case is over. */
  end?(): void | Promise<void>;
}

/** A driver that is put to the test, and how to make files for it. */
export interface KitTarget {
  /** What the report calls it. */
  readonly name: string;
  readonly driver: Driver;
  /**
   * Makes a place of its own, used by nobody else, that holds these bytes; or, for `undefined`, one where there is
   * nothing yet. Called for every case, often several times.
   */
  prepare(bytes: Uint8Array | undefined): Place | Promise<Place>;
  /** The modes the driver can open in; all five unless given. A driver that only reads says `['r']`. */
  readonly modes?: readonly OpenMode[];
  /** Whether what was written is there when a place is opened again. True unless given. */
  readonly keeps?: boolean;
  /** Whether a file of 5 GiB can be made by `truncate` without filling disk or memory. False unless given. */
  readonly large?: boolean;
  /** How many seeded random runs are compared with the reference; 8 unless given. */
  readonly randomRuns?: number;
  /** How long one case may take, in milliseconds; 20 000 unless given. */
  readonly patience?: number;
}
