import { openCacache } from '@terrane/peers';
import type { Store, StoreOptions } from './store.js';

/** cacache, a folder of files. It is never on the disk for sure; what the bound says goes in the order of insertion. */
export function cacacheStore({ folder, bound }: StoreOptions): Store {
  const cache = openCacache(folder);
  const kept: { readonly key: string; readonly integrity: string; readonly length: number }[] = [];
  let oldest = 0;
  let total = 0;
  return {
    name: 'cacache',
    async put(number, bytes) {
      const key = String(number);
      kept.push({ key, integrity: await cache.put(key, bytes), length: bytes.length });
      total += bytes.length;
      while (bound !== undefined && total > bound) {
        const { key, integrity, length } = kept[oldest++]!;
        await cache.remove(key, integrity);
        total -= length;
      }
    },
    flush: () => undefined,
    get: (number) => cache.get(String(number)).catch(() => undefined),
    close: () => undefined,
  };
}
