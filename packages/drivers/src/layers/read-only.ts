import { type DriverFile, deriveFile, type Mode } from '@terrane/driver';

/** The same file, which nobody can write through this. */
export function readOnly<M extends Mode>(file: DriverFile<M>): DriverFile<M> {
  const { write: _, truncate: __, flush: ___, ...capabilities } = file.manifest.capabilities;
  const { durableFlush: ____, atomicFlush: _____, ...guarantees } = file.manifest.guarantees;
  return deriveFile(file, { manifest: { capabilities, guarantees } });
}
