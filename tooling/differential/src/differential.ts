import { relative } from 'node:path';
import { compareFile } from './compare-file.js';
import { hdf5Files } from './hdf5-files.js';
import type { Wanted } from './messages.js';
import { ReaderProcess } from './reader-process.js';
import { type FileReport, type Report, summarize } from './report.js';
import { thirdOpinions } from './third-opinion.js';

/** What a comparison may use. */
export interface DifferentialOptions {
  /** Time for a file before it counts as a hang: 5000 ms unless given. */
  readonly milliseconds?: number;
  /** Memory for a file before it counts as eating memory: 1 GiB unless given. */
  readonly bytes?: number;
  /** Datasets of more bytes than this are not compared: 64 MiB unless given. */
  readonly maxBytes?: number;
  /** How many files are compared at once: 2 unless given. */
  readonly jobs?: number;
  /** Reads over a driver that answers by promise. */
  readonly promises?: boolean;
}

/**
 * Compares every dataset, attribute and group of every HDF5 file under `folder`, as `@terrane/hdf5` and as the
 * HDF5 library read them, each in a process that it may take down with it.
 */
export async function differential(folder: string, options: DifferentialOptions = {}): Promise<Report> {
  const { milliseconds = 5000, bytes = 2 ** 30, maxBytes = 2 ** 26, jobs = 2, promises = false } = options;
  const paths = hdf5Files(folder);
  const reports: FileReport[] = [];
  const work = async () => {
    // The library gets more time and room: it is not the one on trial.
    using library = new ReaderProcess('h5wasm', { milliseconds: 4 * milliseconds, bytes: 4 * bytes });
    using engine = new ReaderProcess('ours', { milliseconds, bytes });
    for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
      const theirs = await library.ask({ path, maxBytes });
      const wanted = 'items' in theirs ? { wanted: theirs.items.map(wantedOf) } : {};
      const ours = await engine.ask({ path, maxBytes, promises, ...wanted });
      const file = path;
      reports.push(
        compareFile(relative(folder, file), theirs, ours, (disputed) => thirdOpinions(file, disputed)),
      );
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  reports.sort((a, b) => (a.file < b.file ? -1 : 1));
  return summarize(folder, reports);
}

function wantedOf({ path, kind, attribute }: Wanted): Wanted {
  return attribute === undefined ? { path, kind } : { path, kind, attribute };
}
