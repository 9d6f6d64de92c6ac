import type { AccessOptions, DriverFile, Mode } from '@terrane/driver';
import { wrapFile } from './wrap-file.js';

/** A file that never answers with more than `most` bytes at once, as a socket may. Its own `readMany` is left out. */
export function shortReads<M extends Mode>(file: DriverFile<M>, most: number): DriverFile<M> {
  const { readMany: _, ...rest } = wrapFile(file, (op, args, call) => {
    if (op !== 'read') return call();
    const [position, target, options] = args as [number, Uint8Array, AccessOptions | undefined];
    return file.read(position, target.subarray(0, most), options);
  });
  const { readMany: __, ...capabilities } = file.manifest.capabilities;
  const manifest = Object.freeze({ ...file.manifest, capabilities: Object.freeze(capabilities) });
  return { ...rest, manifest } as DriverFile<M>;
}
