import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * The official SDK as one file, for `vi.mock('@aws-sdk/client-s3', loadSdk)`: vitest runs Node with the condition `module`, under
 * which the SDK's packages lead to sources that only bundlers can read.
 */
export async function loadSdk(): Promise<typeof import('@aws-sdk/client-s3')> {
  const folder = mkdtempSync(join(tmpdir(), 'terrane-sdk-'));
  const outfile = join(folder, 'sdk.mjs');
  try {
    await build({
      stdin: {
        contents: "export * from '@aws-sdk/client-s3';",
        resolveDir: dirname(fileURLToPath(import.meta.url)),
      },
      bundle: true,
      platform: 'node',
      mainFields: ['module', 'main'],
      format: 'esm',
      target: 'node20',
      outfile,
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
