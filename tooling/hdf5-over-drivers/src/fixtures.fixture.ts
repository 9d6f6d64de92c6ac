import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { memoryDriver, openWith } from '@terrane/driver';
import { openFile } from '@terrane/hdf5';
import { contentOf } from './content-of.fixture.js';

/** The folder of the engine's own fixtures. */
export const fixtures: string = fileURLToPath(new URL('../../../packages/hdf5/fixtures/', import.meta.url));

/** The files in it. */
export const fixtureNames: readonly string[] = readdirSync(fixtures).filter((name) => name.endsWith('.h5'));

/** What a fixture holds, read from memory. */
export async function expectedOf(name: string): Promise<Map<string, unknown>> {
  const bytes = readFileSync(fixtures + name);
  using file = openFile(openWith(memoryDriver({ [name]: bytes }), { name }));
  return await contentOf(file);
}
