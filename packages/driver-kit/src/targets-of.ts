import type { KitTarget } from './target.js';

/** The kit targets among a module's exports, by shape. */
export function targetsOf(module: Readonly<Record<string, unknown>>): KitTarget[] {
  const isTarget = (value: unknown): value is KitTarget =>
    typeof value === 'object' &&
    value !== null &&
    'driver' in value &&
    'prepare' in value &&
    typeof value.prepare === 'function';
  return [...new Set(Object.values(module).flat())].filter(isTarget);
}
