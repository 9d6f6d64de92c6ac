import { rm as remove } from 'node:fs/promises';
import { join } from 'node:path';
import cacache from 'cacache';

/** Its declaration knows no options; without this one the entry's file stays, and grows. */
const removeEntry: (place: string, key: string, options: { removeFully: true }) => Promise<unknown> =
  cacache.rm.entry;

/** A folder of files by the name of their content, with another of keys. */
export interface Cacache {
  /** @returns what `remove` wants to know besides the key. */
  put(key: string, bytes: Uint8Array): Promise<string>;
  get(key: string): Promise<Uint8Array>;
  remove(key: string, integrity: string): Promise<void>;
  clear(): Promise<void>;
}

/** cacache in a subfolder of `folder`. It never calls fsync. */
export function openCacache(folder: string): Cacache {
  const place = join(folder, 'cacache');
  return {
    put: async (key, bytes) =>
      String(await cacache.put(place, key, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))),
    get: async (key) => (await cacache.get(place, key)).data,
    async remove(key, integrity) {
      await removeEntry(place, key, { removeFully: true });
      await cacache.rm.content(place, integrity);
    },
    clear: () => remove(place, { recursive: true, force: true }),
  };
}
