import { writeFileSync } from 'node:fs';
import type { File } from 'h5wasm/node';
import { temporaryFolder } from './temporary-folder.js';

/** A file opened by h5wasm, which is libhdf5 compiled to WebAssembly. */
export interface OpenH5wasm extends Disposable {
  readonly file: File;
  /** Closes the file, and removes the copy that was made of an image. */
  close(): void;
}

/**
 * Opens a file with libhdf5: a path of this machine's disk, or the bytes of a file. `a` reads and writes.
 *
 * @throws Error when libhdf5 refuses the file.
 */
export async function openH5wasm(
  source: string | Uint8Array,
  mode: 'r' | 'a' | 'w' = 'r',
): Promise<OpenH5wasm> {
  // Loaded here: it is 4 MB of WebAssembly, and it replaces process handlers.
  const h5wasm = await import('h5wasm/node');
  await h5wasm.ready;
  h5wasm.Module.activate_throwing_error_handler();
  const folder = typeof source === 'string' ? undefined : temporaryFolder();
  const path = typeof source === 'string' ? source : folder!.join('image.h5');
  if (typeof source !== 'string') writeFileSync(path, source);
  let open = true;
  const file = new h5wasm.File(path, mode);
  const close = () => {
    if (open) file.close();
    open = false;
    folder?.[Symbol.dispose]();
  };
  return { file, close, [Symbol.dispose]: close };
}
