/** When a file of the local file system was last changed; `undefined` where there is none, or no file system. */
export function lastModified(filename: string): Date | undefined {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs');
  return fs?.statSync(filename, { throwIfNoEntry: false })?.mtime;
}
