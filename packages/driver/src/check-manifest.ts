import { describe } from './check-arguments.js';
import type { DriverFile } from './driver-file.js';
import { driverErrors } from './errors.js';
import type { Manifest } from './manifest.js';

const capabilities = ['write', 'truncate', 'flush', 'view', 'readMany', 'lock', 'driverInfo'] as const;

/**
 * Freezes a manifest all through, so that what a file promises cannot change while it is open.
 *
 * ```ts
 * const manifest = defineManifest({
 *   driver: 'acme', target: name, capabilities: { write: true }, guarantees: {}, hints: { latency: 'local' },
 * });
 * ```
 */
export function defineManifest(manifest: Manifest): Manifest {
  Object.freeze(manifest.capabilities);
  Object.freeze(manifest.guarantees);
  Object.freeze(manifest.hints);
  return Object.freeze(manifest);
}

/**
 * Holds a file against its own manifest, once, when it is opened.
 *
 * @throws DRV_CONTRACT_BROKEN when the manifest is missing or not frozen, or declares what the file does not have.
 */
export function checkManifest(file: DriverFile): void {
  const manifest = file?.manifest;
  const broken = (message: string): Error =>
    driverErrors.DRV_CONTRACT_BROKEN({
      message: `driver ${manifest?.driver ?? '(unnamed)'}: ${message}`,
      op: 'open',
      driver: String(manifest?.driver),
    });
  if (typeof manifest !== 'object' || manifest === null) throw broken('the file it opened has no manifest');
  const parts = [manifest, manifest.capabilities, manifest.guarantees, manifest.hints];
  if (!parts.every((part) => typeof part === 'object' && part !== null && Object.isFrozen(part))) {
    throw broken('the manifest is not complete and frozen; make it with defineManifest');
  }
  if (typeof manifest.driver !== 'string' || typeof manifest.target !== 'string') {
    throw broken('the manifest does not name its driver and target');
  }
  if (file.mode !== 'sync' && file.mode !== 'async') throw broken(`its mode is ${describe(file.mode)}`);
  for (const name of capabilities) {
    if (manifest.capabilities[name] && typeof file[name] !== 'function') {
      throw broken(`the manifest declares "${name}" and the file has no such method`);
    }
  }
  for (const name of ['size', 'read', 'close'] as const) {
    if (typeof file[name] !== 'function') throw broken(`the file has no method "${name}"`);
  }
}
