import { defineManifest } from './check-manifest.js';
import type { DriverFile } from './driver-file.js';
import type { Capabilities, Manifest } from './manifest.js';
import type { Mode } from './mode.js';

const optional = ['write', 'truncate', 'flush', 'view', 'readMany', 'lock', 'driverInfo'] as const;

/** What a layer does differently from the file below it. */
export interface FileChanges<M extends Mode> extends Partial<Omit<DriverFile<M>, 'mode' | 'manifest'>> {
  readonly manifest?: Partial<Omit<Manifest, 'capabilities'>> & {
    /** Replaces all capabilities when given. */
    readonly capabilities?: Capabilities;
  };
}

/**
 * A file like the one below, with some methods of its own: the way to write a layer. Everything else is passed
 * down, and what the resulting manifest does not declare is not there.
 *
 * ```ts
 * const upper = deriveFile(file, { read: (position, target, options) => file.read(position, target, options) });
 * ```
 */
export function deriveFile<M extends Mode>(file: DriverFile<M>, changes: FileChanges<M>): DriverFile<M> {
  const { manifest: changed, ...methods } = changes;
  const manifest = changed ? defineManifest({ ...file.manifest, ...changed }) : file.manifest;
  const derived: Record<string, unknown> = { mode: file.mode, manifest };
  const pass = (name: keyof DriverFile) => {
    const method = file[name] as unknown as (...args: unknown[]) => unknown;
    derived[name] = (...args: unknown[]) => method.apply(file, args);
  };
  for (const name of ['size', 'read', 'close'] as const) pass(name);
  for (const name of optional) if (manifest.capabilities[name] && file[name]) pass(name);
  return Object.assign(derived, methods) as unknown as DriverFile<M>;
}
