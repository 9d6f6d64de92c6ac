import type { DriverFile } from './driver-file.js';
import type { Mode, Out } from './mode.js';

/** What to open, as plain JSON: it can be stored, sent to a worker and opened there again. */
export interface Spec {
  /** The driver's name. */
  readonly driver: string;
  /** The file's name or URL; drivers that need none (an unnamed memory file) leave it out. */
  readonly name?: string;
  /** How to open. `r`: read only. `r+`: read and write, must exist. `w`: new or emptied. `w-`: new, must not exist. `a`: `r+` or else `w-`. */
  readonly mode?: OpenMode;
  /** Options of the driver's own, each declared by it; an unknown one is refused. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** The five ways to open a file, as PyTables and h5py name them. */
export type OpenMode = 'r' | 'r+' | 'w' | 'w-' | 'a';

/** What cannot be JSON and is shared by reference: an image, a `fetch` function, a logger, a pool. */
export type Resources = Readonly<Record<string, unknown>>;

/** What an implementer of a file driver provides. See `SPEC.md` of this package for the numbered rules. */
export interface Driver<M extends Mode = Mode> {
  /** Stable name: `"core"`, `"mmap"`, `"http"`, `"acme-tape"`. */
  readonly name: string;
  /** The version of this contract the driver was written for. */
  readonly contract: 1;
  /** Whether its files answer at once or by promise. */
  readonly mode: M;
  /** URL schemes it answers to, without the colon. */
  readonly schemes?: readonly string[];
  /** Names under which HDF5 itself knows it: `"H5FD_CORE"`. */
  readonly aliases?: readonly string[];
  /**
   * Takes a URL of one of its schemes apart. Without it the text after the colon is the name, as it stands, and the
   * query holds `mode` and the options.
   */
  parse?(url: string): Pick<Spec, 'name' | 'mode' | 'options'>;
  /** The names of the options it accepts in a spec. */
  readonly options?: readonly string[];
  /** The names of the resources it accepts. */
  readonly resources?: readonly string[];
  open(spec: Spec, resources?: Resources): Out<M, DriverFile<M>>;
}
