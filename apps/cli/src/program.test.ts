import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { temporaryFolder } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const sample = `${root}packages/tables/fixtures/cookbook.h5`;

const tsx = import.meta.resolve('tsx');

/** Runs the command from its sources in a process of its own. */
function terrane(...args: readonly string[]) {
  return terraneIn(root, ...args);
}

/** The same, in a folder. */
function terraneIn(
  cwd: string,
  ...args: readonly string[]
): { status: number | null; stdout: string; stderr: string } {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  return spawnSync(process.execPath, ['--conditions=@terrane/source', '--import', tsx, main, ...args], {
    cwd,
    encoding: 'utf8',
  });
}

describe('terrane', () => {
  it('lists a group', () => {
    expect(terrane('ls', sample).stdout).toBe('dataset  /array int64 (300)\ngroup    /group\n');
    const lines = terrane('ls', sample, '/', '--json')
      .stdout.trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      { kind: 'dataset', path: '/array', type: 'int64', shape: [300] },
      { kind: 'group', path: '/group' },
    ]);
  });

  it('shows the tree of a file, and one node with attributes and first values', () => {
    const tree = terrane('show', sample).stdout.split('\n');
    expect(tree.slice(1)).toEqual([
      "/ (RootGroup) 'Test file'",
      "/array (Array(300,)) 'Array 300'",
      "/group (Group) 'An empty group'",
      '',
    ]);
    const node = terrane('show', sample, '/array', '-n', '3', '--driver', 'H5FD_CORE').stdout;
    expect(node).toContain("TITLE := 'Array 300'");
    expect(node).toContain('values := [0, 1, 2, … 297 more]');
  });

  it('shows what it cannot read yet by name, and goes on with the rest', () => {
    const types = terrane('show', `${root}packages/hdf5/fixtures/types.h5`);
    expect(types.status).toBe(0);
    expect(types.stdout).toContain('/named [no node: named datatype]');
    const dense = terrane('ls', '-r', `${root}packages/hdf5/fixtures/dense.h5`);
    expect(dense.status).toBe(0);
    expect(dense.stdout).toContain('[not read yet: dense link storage]');
  });

  it('writes an image, whole', () => {
    using folder = temporaryFolder();
    const output = folder.join('out.h5');
    expect(terrane('image', sample, '-o', output).status).toBe(0);
    expect(readFileSync(output)).toEqual(readFileSync(sample));
  });

  it('runs the main job on a file and leaves it as it was', () => {
    const before = readFileSync(sample);
    const { stdout, status } = terrane('demo', sample);
    expect(status).toBe(0);
    expect(stdout).toContain("2. edited in memory: /new_array (Array(20,)) 'New array'");
    expect(stdout).toContain('description is "In memory file example"');
    expect(stdout).toContain('is as it was');
    expect(readFileSync(sample)).toEqual(before);
  });

  it('opens files with a driver of somebody else, named by file or by package', () => {
    using folder = temporaryFolder();
    writeFileSync(folder.join('a.h5.gz'), gzipSync(readFileSync(sample)));
    const template = `${root}apps/driver-template`;
    const byFile = terrane('ls', folder.join('a.h5.gz'), '--driver', './apps/driver-template/src/index.ts');
    expect(byFile).toMatchObject({ stderr: '', stdout: 'dataset  /array int64 (300)\ngroup    /group\n' });

    mkdirSync(folder.join('node_modules'));
    symlinkSync(template, folder.join('node_modules/terrane-driver-gzip'), 'junction');
    const byName = (...args: string[]) => terraneIn(folder.path, ...args, '--driver', 'terrane-driver-gzip');
    expect(byName('show', 'a.h5.gz', '/array', '-n', '2').stdout).toContain('values := [0, 1, … 298 more]');
    expect(byName('image', 'a.h5.gz', '-o', 'out.h5').status).toBe(0);
    expect(readFileSync(folder.join('out.h5'))).toEqual(readFileSync(sample));

    // What is wrong with it is said in a line, too.
    expect(byName('show', 'none.gz').stderr).toMatch(/^terrane: .*none\.gz.*\[IO_NOT_FOUND\]\n$/);
    const absent = terrane('show', sample, '--driver', 'terrane-driver-absent');
    expect(absent.stderr).toMatch(
      /^terrane: .* has no package terrane-driver-absent \[DRV_DEPENDENCY_MISSING\]\n$/,
    );
    writeFileSync(folder.join('no-driver.mjs'), 'export const answer = 42;');
    const other = terrane('show', sample, '--driver', folder.join('no-driver.mjs'));
    expect(other.stderr).toContain('[DRV_CONTRACT_BROKEN]');
    writeFileSync(
      folder.join('later.mjs'),
      `const manifest = Object.freeze({ driver: 'later', target: 'x', capabilities: Object.freeze({}), guarantees: Object.freeze({}), hints: Object.freeze({}) });
      const open = async () => ({ mode: 'async', manifest, size: async () => 0, read: async () => 0, close: async () => {} });
      export default { name: 'later', contract: 1, mode: 'async', open };`,
    );
    const later = terrane('show', sample, '--driver', folder.join('later.mjs'));
    expect(later.stderr).toMatch(/^terrane: driver "later" answers by promise.*\[DRV_NOT_SYNC\]\n$/);
  });

  it.each([
    ['latest.h5', 'it uses superblock version 3'],
    ['dense.h5', 'not read yet: dense link storage'],
  ])('runs it on %s as far as it goes', (name, why) => {
    const { stdout, status } = terrane('demo', `${root}packages/hdf5/fixtures/${name}`);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^2\. not edited: /m);
    expect(stdout).toContain(why);
    expect(stdout).toContain('is as it was');
  });

  it('says what is wrong in a line, with a status', () => {
    using folder = temporaryFolder();
    const missing = terrane('show', folder.join('none.h5'));
    expect(missing.status).toBe(1);
    expect(missing.stderr).toMatch(/^terrane: .*none\.h5.*\[IO_NOT_FOUND\]\n/);
    expect(missing.stderr).not.toContain('    at ');
    expect(terrane('show', `${root}package.json`).stderr).toContain('[H5_NOT_HDF5]');
    expect(terrane('ls', sample, '/nope').stderr).toContain('[TBL_NO_SUCH_NODE]');
    expect(terrane('show', sample, '--driver', 'H5DF_CORE').stderr).toContain('[DRV_UNKNOWN_DRIVER]');
    expect(terrane('demo', folder.join('none.h5')).stderr).toContain('[IO_NOT_FOUND]');
    expect(terrane('show', sample, '-n', 'x').status).toBe(1);
    expect(terrane('image', sample).status).toBe(1);
    expect(existsSync(folder.join('none.h5'))).toBe(false);
  });
});
