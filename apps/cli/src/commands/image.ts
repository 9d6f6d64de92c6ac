import { openWith } from '@terrane/driver';
import { core } from '@terrane/drivers';
import { open } from '../open.js';

interface ImageOptions {
  readonly output: string;
  readonly driver: string;
}

/** `terrane image`: the file image, written to a file of its own. */
export async function image(name: string, { output, driver }: ImageOptions): Promise<void> {
  using file = await open(name, driver);
  const bytes = file.getFileImage();
  save(output, bytes);
  process.stdout.write(`${output}: ${bytes.length} bytes\n`);
}

/** Writes a whole file so that it appears at once or not at all: the core driver saves in that way. */
export function save(name: string, bytes: Uint8Array): void {
  const handle = openWith(core, { name, mode: 'w' });
  handle.write(0, bytes);
  handle.close();
}
