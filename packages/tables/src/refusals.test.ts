import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isTerraneError } from '@terrane/errors';
import { temporaryFolder } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { type OpenFileOptions, openFile, type TablesMode } from './index.js';

const fixture = new Uint8Array(
  readFileSync(fileURLToPath(new URL('../fixtures/cookbook.h5', import.meta.url))),
);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isTerraneError(error)) return error.code;
    throw error;
  }
  return 'no error';
}

describe('openFile refuses', () => {
  it('a misspelt option, naming the right one, before the disk is touched', () => {
    using folder = temporaryFolder();
    const name = folder.join('a.h5');
    const options = { driver: 'H5FD_CORE', driverCoreBackingStor: 0 } as OpenFileOptions;
    expect(() => openFile(name, 'w', options)).toThrow(
      /driverCoreBackingStor".*did you mean "driverCoreBackingStore"/,
    );
    expect(() => readFileSync(name)).toThrow(/ENOENT/);
  });

  it('core options beside another driver, modes and names that are none', () => {
    using folder = temporaryFolder();
    const name = folder.join('a.h5');
    expect(() => openFile(name, 'w', { driverCoreBackingStore: 0 })).toThrow(/goes with driver: "H5FD_CORE"/);
    expect(() => openFile(name, 'x' as TablesMode)).toThrow(/one of r, r\+, a, w/);
    expect(() => openFile('', 'r')).toThrow(TypeError);
    expect(() => readFileSync(name)).toThrow(/ENOENT/);
  });

  it.each(['H5DF_CORE', 'H5FD_LOG', 'corr', 'H5FD_STREAM'])('the unknown driver %s', (driver) => {
    using folder = temporaryFolder();
    const name = folder.join('a.h5');
    expect(codeOf(() => openFile(name, 'w', { driver }))).toBe('DRV_UNKNOWN_DRIVER');
    expect(() => readFileSync(name)).toThrow(/ENOENT/);
  });

  const images: Record<string, [bytes: Uint8Array, code: string]> = {
    zeros: [new Uint8Array(4096), 'H5_NOT_HDF5'],
    'random bytes': [Uint8Array.from({ length: 4096 }, (_, index) => (index * 73 + 41) & 255), 'H5_NOT_HDF5'],
    'the signature alone': [fixture.slice(0, 8), 'H5_TRUNCATED'],
    'a file cut at 600 bytes': [fixture.slice(0, 600), 'H5_TRUNCATED'],
    'no bytes': [new Uint8Array(), 'H5_NOT_HDF5'],
  };
  for (const [what, [bytes, code]] of Object.entries(images)) {
    it.each<TablesMode>(['r', 'r+'])(`${what} as an image, mode %s`, (mode) => {
      const options = { driver: 'H5FD_CORE', driverCoreBackingStore: 0, driverCoreImage: bytes } as const;
      expect(codeOf(() => openFile('image.h5', mode, options))).toBe(code);
    });

    it.each(['H5FD_SEC2', 'H5FD_CORE'])(`${what} as a file, over %s, and leaves it as it was`, (driver) => {
      using folder = temporaryFolder();
      const name = folder.join('bad.h5');
      writeFileSync(name, bytes);
      expect(codeOf(() => openFile(name, 'r', { driver }))).toBe(code);
      expect(codeOf(() => openFile(name, 'r+', { driver }))).toBe(code);
      expect(new Uint8Array(readFileSync(name))).toEqual(bytes);
    });
  }

  it.each(['H5FD_SEC2', 'H5FD_CORE'])('a missing file and a directory over %s', (driver) => {
    using folder = temporaryFolder();
    mkdirSync(folder.join('d.h5'));
    for (const mode of ['r', 'r+'] as const) {
      expect(codeOf(() => openFile(folder.join('none.h5'), mode, { driver }))).toBe('IO_NOT_FOUND');
      expect(codeOf(() => openFile(folder.join('d.h5'), mode, { driver }))).toBe('IO_IS_DIRECTORY');
    }
    expect(codeOf(() => openFile(folder.join('d.h5'), 'w', { driver }))).toBe('IO_IS_DIRECTORY');
  });

  it.each(['H5FD_SEC2', 'H5FD_CORE'])('every change in the mode r over %s', (driver) => {
    using folder = temporaryFolder();
    const name = folder.join('a.h5');
    writeFileSync(name, fixture);
    const file = openFile(name, 'r', { driver });
    expect(codeOf(() => file.createArray('/', 'x', [1]))).toBe('H5_READ_ONLY');
    expect(codeOf(() => file.createGroup('/', 'x'))).toBe('H5_READ_ONLY');
    expect(codeOf(() => file.setNodeAttr('/', 'x', 1))).toBe('H5_READ_ONLY');
    expect(codeOf(() => file.delNodeAttr('/', 'TITLE'))).toBe('H5_READ_ONLY');
    file.close();
    expect(codeOf(() => file.getNode('/'))).toBe('H5_CLOSED');
    expect(new Uint8Array(readFileSync(name))).toEqual(fixture);
  });

  it('an image to be overwritten', () => {
    const options = { driver: 'H5FD_CORE', driverCoreImage: fixture, driverCoreBackingStore: 0 } as const;
    expect(codeOf(() => openFile('image.h5', 'w', options))).toBe('DRV_BAD_OPTION');
  });

  it('named datatypes as nodes', () => {
    using file = openFile(fileURLToPath(new URL('../../hdf5/fixtures/types.h5', import.meta.url)));
    const named = file.hdf5.root.keys().find((name) => file.hdf5.get(name)?.kind === 'datatype');
    expect(codeOf(() => file.getNode(`/${named}`))).toBe('TBL_UNSUPPORTED');
  });

  it('nodes that are not there, of another class, or badly named', () => {
    using file = openFile('x.h5', 'w', { driver: 'H5FD_CORE', driverCoreBackingStore: 0 });
    file.createArray('/', 'a', [1]);
    expect(codeOf(() => file.getNode('/b'))).toBe('TBL_NO_SUCH_NODE');
    expect(codeOf(() => file.getNode('/a', undefined, 'Group'))).toBe('TBL_WRONG_CLASS');
    expect(codeOf(() => file.createArray('/a', 'b', [1]))).toBe('TBL_WRONG_CLASS');
    expect(codeOf(() => file.createArray('/', 'a', [1]))).toBe('H5_EXISTS');
    for (const name of ['', 'a/b', '.', '_v_x', '_f_x', '_g_', '_c_c']) {
      expect(codeOf(() => file.createGroup('/', name))).toBe('TBL_BAD_NAME');
    }
    expect((file.root as unknown as Record<string, unknown>).nothing).toBeUndefined();
    expect(() => file.getNode('a')).toThrow(TypeError);
  });

  it('values that have no form in a file', () => {
    using file = openFile('x.h5', 'w', { driver: 'H5FD_CORE', driverCoreBackingStore: 0 });
    const bad: unknown[] = [[[1, 2], [3]], [1, 'a'], [null], undefined, {}, [[1], 2], () => 1];
    for (const value of bad) {
      expect(codeOf(() => file.createArray('/', 'x', value as number))).toBe('TBL_BAD_VALUE');
      expect(codeOf(() => file.setNodeAttr('/', 'x', value as number))).toBe('TBL_BAD_VALUE');
    }
    expect(file.root.keys()).toEqual([]);
  });
});
