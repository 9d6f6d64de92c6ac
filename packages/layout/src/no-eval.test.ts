import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('runs where code from strings is forbidden, as by a content security policy', () => {
  const program = `
    import { float64, int32, parseCHeader, struct, text } from ${JSON.stringify(new URL('index.js', import.meta.url).href)};
    const Row = struct({ id: int32(), x: float64(), name: text(8) });
    const rows = Row.rows(new Uint8Array(2 * Row.size));
    rows.set(1, { id: 7, x: 0.5, name: 'seven' });
    const row = rows.at(1);
    let strings = 'allowed';
    try { new Function('return 1'); } catch { strings = 'forbidden'; }
    console.log(row.id, row.x, row.name, parseCHeader('struct a { int b; };').a.size, strings);`;
  const args = ['--import', 'tsx', '--conditions=@terrane/source', '--disallow-code-generation-from-strings'];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...args, '--input-type=module', '--eval', program],
    {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    },
  );
  expect([stdout.trim(), stderr]).toEqual(['7 0.5 seven 4 forbidden', '']);
});
