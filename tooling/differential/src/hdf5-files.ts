import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/** The files under a folder that are called HDF5, or begin like it: damaged ones are wanted, too. */
export function hdf5Files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(resolve(folder), name))
    .filter(
      (path) =>
        statSync(path).isFile() && (/\.(h5|hdf5|hdf|he5|nc|nc4)$/i.test(path) || beginsLikeHdf5(path)),
    )
    .sort();
}

function beginsLikeHdf5(path: string): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const start = Buffer.alloc(signature.length);
    return readSync(descriptor, start, 0, start.length, 0) === start.length && start.equals(signature);
  } finally {
    closeSync(descriptor);
  }
}
