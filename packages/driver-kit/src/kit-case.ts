import type { CheckedFile, DriverFile, Manifest, OpenMode } from '@terrane/driver';
import type { KitTarget, Place } from './target.js';

/** What a case may be run for, or not: found out once, by opening a file in each way. */
export interface Facts {
  readonly modes: ReadonlySet<OpenMode>;
  /** The manifest of a file opened with the mode that reads: `r`, or `r+` where there is no `r`. */
  readonly reading: Manifest;
  /** The manifest of a file opened with `r+` or `w`; nothing when the driver opens none of them. */
  readonly writing: Manifest | undefined;
  readonly keeps: boolean;
  readonly large: boolean;
  readonly mode: 'sync' | 'async';
}

/** What a case works with. Everything it opens is closed, and every place ended, when it is over. */
export interface Bench {
  readonly target: KitTarget;
  readonly facts: Facts;
  place(bytes: Uint8Array | undefined): Promise<Place>;
  /** Opens a place with the checks around the file. */
  open(place: Place, mode: OpenMode): Promise<CheckedFile>;
  /** The driver's own file, without the checks. */
  openBare(place: Place, mode: OpenMode): Promise<DriverFile>;
  /** A new file with these bytes, open for reading. */
  reading(bytes: Uint8Array): Promise<CheckedFile>;
  /** A new file with these bytes, open for writing too. */
  writing(bytes?: Uint8Array): Promise<CheckedFile>;
}

/** One case of the kit, as data: no test runner is involved. */
export interface KitCase {
  /** Stable and readable: `read-clamps-at-end`. */
  readonly id: string;
  /** The clauses of SPEC.md it proves. */
  readonly clauses: readonly string[];
  readonly title: string;
  /** `must` fails the kit. A new case enters as `should`. */
  readonly level: 'must' | 'should';
  /** Why the case does not apply, if it does not. */
  skip?(facts: Facts): string | undefined;
  run(bench: Bench): Promise<void>;
}

/** Common reasons to skip, each decided by the manifest or the modes. */
export const unless = {
  mode:
    (...modes: OpenMode[]) =>
    ({ modes: has }: Facts) =>
      modes.every((mode) => has.has(mode)) ? undefined : `it does not open with ${modes.join(' and ')}`,
  writes: ({ writing }: Facts) => (writing?.capabilities.write ? undefined : 'it does not write'),
  truncates: ({ writing }: Facts) => (writing?.capabilities.truncate ? undefined : 'it does not truncate'),
  flushes: ({ writing }: Facts) => (writing?.capabilities.flush ? undefined : 'it does not flush'),
  keeps: ({ keeps }: Facts) => (keeps ? undefined : 'it does not keep what was written'),
  large: ({ large }: Facts) => (large ? undefined : 'files of 5 GiB are not to be made here'),
  views: ({ reading }: Facts) => (reading.capabilities.view ? undefined : 'it has no views'),
  locks: ({ reading }: Facts) => (reading.capabilities.lock ? undefined : 'it has no locks'),
  async: ({ mode }: Facts) => (mode === 'async' ? undefined : 'it answers at once'),
} as const;

/** The first reason among several. */
export function unlessAll(...reasons: ((facts: Facts) => string | undefined)[]) {
  return (facts: Facts): string | undefined => {
    for (const reason of reasons) {
      const found = reason(facts);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
