import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWith } from '@terrane/driver';
import { hasH5py, python } from '@terrane/oracles';
import { describe, expect, it, vi } from 'vitest';
import { flock } from './flock.fixture.js';
import { sec2, stdio } from './index.js';
import { temporaryFolder } from './temporary.fixture.js';

const coded = (code: string) => expect.objectContaining({ code });
/** Whether another process gets a lock. */
const isFree = (name: string, kind: string) =>
  spawnSync('flock', ['--nonblock', `--${kind}`, name, 'true']).status === 0;

describe.each([sec2, stdio])('locks of $name', (driver) => {
  const file = (content = 'abc') => {
    const name = join(temporaryFolder(), 'file');
    writeFileSync(name, content);
    return name;
  };
  const open = (name: string, mode: 'r' | 'r+' | 'w', options = {}) =>
    openWith(driver, { name, mode, options }, { flock });

  it('are held while the file is open: shared by readers, exclusive for a writer', () => {
    const name = file();
    const [one, two] = [open(name, 'r'), open(name, 'r')];
    expect([isFree(name, 'shared'), isFree(name, 'exclusive')]).toEqual([true, false]);
    expect(() => open(name, 'r+')).toThrow(coded('IO_LOCKED'));
    one.close();
    two.close();
    const writer = open(name, 'r+');
    expect(isFree(name, 'shared')).toBe(false);
    expect(() => open(name, 'r')).toThrow(coded('IO_LOCKED'));
    expect(() => writer.lock('shared')).toThrow(coded('IO_UNSUPPORTED'));
    writer.close();
    expect(isFree(name, 'exclusive')).toBe(true);
  });

  it('come before a file is emptied', () => {
    const name = file();
    const reader = open(name, 'r');
    expect(() => open(name, 'w')).toThrow(coded('IO_LOCKED'));
    expect(readFileSync(name, 'utf8')).toBe('abc');
    reader.close();
    open(name, 'w').close();
    expect(readFileSync(name, 'utf8')).toBe('');
  });

  it('can be ignored: by the option, and by the variable that HDF5 has for it', () => {
    const name = file();
    const writer = open(name, 'r+');
    open(name, 'r+', { locking: false }).close();
    vi.stubEnv('HDF5_USE_FILE_LOCKING', 'FALSE');
    open(name, 'r').close();
    expect(() => open(name, 'r', { locking: true })).toThrow(coded('IO_LOCKED'));
    vi.unstubAllEnvs();
    writer.close();
  });

  it('need something to take them with', () => {
    const spec = { name: file(), options: { locking: true } };
    expect(() => openWith(driver, spec)).toThrow(coded('DRV_DEPENDENCY_MISSING'));
    expect(() => open(spec.name, 'r', { locking: 'yes' })).toThrow(coded('DRV_BAD_OPTION'));
    expect(openWith(driver, { name: spec.name }).manifest.capabilities).toEqual({});
  });

  it.skipIf(!hasH5py)('keep h5py out, and respect the locks of h5py', () => {
    const name = file('');
    const withH5py = (script: string) =>
      python(
        `
        import os
        os.environ['HDF5_USE_FILE_LOCKING'] = 'TRUE'
        import h5py, subprocess
        ${script}
        `,
        { name },
      ).trim();
    withH5py(`h5py.File(args['name'], 'w').close()`);
    const attempt = `
        try:
          h5py.File(args['name'], 'r+').close()
          print('opened')
        except OSError as error:
          print('locked' if 'lock' in str(error) else error)`;
    const reader = open(name, 'r');
    expect(withH5py(attempt)).toBe('locked');
    reader.close();
    expect(withH5py(attempt)).toBe('opened');
    const held = withH5py(`
        f = h5py.File(args['name'], 'r+')
        print(subprocess.run(['flock', '--nonblock', '--shared', args['name'], 'true']).returncode)`);
    expect(held).toBe('1');
  });
});
