import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@terrane/oracles';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const chromium = '/usr/bin/chromium';

/** Bundles a module for a page, opens the page in Chromium, and gives the text it puts into its body. */
async function inChromium(code: string): Promise<string> {
  using folder = temporaryFolder();
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    conditions: ['@terrane/source'],
  });
  const script = outputFiles[0]!.text.replaceAll('</script', '<\\/script');
  const page = `<!doctype html><meta charset="utf-8"><body><script type="module">${script}</script>`;
  writeFileSync(folder.join('page.html'), page);
  const switches = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
  ];
  const { stdout } = spawnSync(
    chromium,
    [
      ...[
        ...switches,
        `--user-data-dir=${folder.join('profile')}`,
        '--virtual-time-budget=10000',
        '--dump-dom',
      ],
      `file://${folder.join('page.html')}`,
    ],
    { encoding: 'utf8', timeout: 50_000 },
  );
  return /<output>(.*)<\/output>/s.exec(stdout)?.[1] ?? stdout;
}

it.skipIf(!existsSync(chromium))('a real browser opens an HDF5 file and reads a dataset', async () => {
  const image = readFileSync(`${root}/packages/hdf5/fixtures/compact.h5`).toString('base64');
  const text = await inChromium(`
    import { memoryDriver, openWith } from '@terrane/driver';
    import { openFile } from '@terrane/hdf5';
    const image = Uint8Array.from(atob('${image}'), (letter) => letter.charCodeAt(0));
    const file = openFile(openWith(memoryDriver({ 'a.h5': image }), { name: 'a.h5', mode: 'r' }));
    const output = document.createElement('output');
    output.textContent = JSON.stringify([file.root.keys(), [...file.get('/integers').read().data], typeof process]);
    document.body.append(output);
  `);
  expect(JSON.parse(text)).toEqual([['big', 'integers', 'scalar'], [0, 1, 2, 3, 4, 5], 'undefined']);
});

it.skipIf(!existsSync(chromium))(
  'a real browser edits a file in memory as PyTables presents it',
  async () => {
    const image = readFileSync(`${root}/packages/tables/fixtures/cookbook.h5`).toString('base64');
    const text = await inChromium(`
    import { arange, openFile } from '@terrane/tables';
    const driverCoreImage = Uint8Array.from(atob('${image}'), (letter) => letter.charCodeAt(0));
    const options = { driver: 'H5FD_CORE', driverCoreBackingStore: false };
    const file = openFile('memory.h5', 'a', { ...options, driverCoreImage });
    file.createArray('/', 'new_array', arange(20), 'New array');
    const again = openFile('again.h5', 'r', { ...options, driverCoreImage: file.getFileImage() });
    const output = document.createElement('output');
    output.textContent = String(again.root.new_array);
    document.body.append(output);
  `);
    expect(text).toBe("/new_array (Array(20,)) 'New array'");
  },
);
