import { type Driver, type Mode, memoryDriver } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import type { KitTarget } from './target.js';

/** The reference driver as a target; `change` may put something else in its place. */
export function memoryTarget(
  mode: Mode = 'sync',
  change: (driver: Driver<'sync'>) => Driver = (same) => same,
): KitTarget {
  const memory = memoryDriver();
  const sync = change(memory);
  let places = 0;
  return {
    name: `memory (${mode})`,
    driver: mode === 'sync' ? sync : delayed(sync as Driver<'sync'>, { by: 'turn' }),
    prepare(bytes) {
      const name = `place ${++places}`;
      if (bytes) {
        const file = memory.open({ driver: 'memory', name, mode: 'w' }) as ReturnType<typeof memory.open>;
        file.write!(0, bytes);
      }
      return { spec: { name }, end: () => void memory.files.delete(name) };
    },
  };
}
