import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of one's own: `using folder = temporaryFolder()` removes it, with all in it, at the end of the block. */
export function temporaryFolder(): Disposable & {
  readonly path: string;
  /** The path of `name` inside the folder. */
  join(...names: string[]): string;
} {
  const path = mkdtempSync(join(tmpdir(), 'terrane-'));
  return {
    path,
    join: (...names) => join(path, ...names),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
