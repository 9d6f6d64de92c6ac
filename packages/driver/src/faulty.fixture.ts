import { defineManifest } from './check-manifest.js';
import type { DriverFile } from './driver-file.js';
import type { Capabilities } from './manifest.js';
import type { Mode } from './mode.js';

/** A file of ten bytes whose methods a test replaces to misbehave. */
export function faultyFile<M extends Mode>(
  mode: M,
  methods: Partial<DriverFile<M>>,
  capabilities: Capabilities = {},
): DriverFile<M> {
  const answer = <T>(value: T) => (mode === 'sync' ? value : Promise.resolve(value)) as never;
  return {
    mode,
    manifest: defineManifest({
      driver: 'faulty',
      target: 'ten',
      capabilities,
      guarantees: {},
      hints: {},
    }),
    size: () => answer(10),
    read: (position, target) => answer(Math.max(0, Math.min(target.length, 10 - position))),
    close: () => answer(undefined),
    ...methods,
  };
}
