import fs from 'node:fs';
import type { FileSystem } from './node-fs.js';

/** A real file system whose calls a test looks at, or fails, before they happen. */
export function watchedFs(before: (call: keyof FileSystem, args: readonly unknown[]) => void): FileSystem {
  return new Proxy(fs as FileSystem, {
    get(target, name: keyof FileSystem) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...args: never[]) => {
        before(name, args);
        return (value as (...args: never[]) => unknown)(...args);
      };
    },
  });
}

/** A failure as the system reports it. */
export function systemFailure(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code });
}
