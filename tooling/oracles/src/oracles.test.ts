import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  corpus,
  h5dump,
  hasH5dump,
  hasH5py,
  hasPyTables,
  hasPython,
  openH5wasm,
  python,
  temporaryFolder,
} from './index.js';

it.skipIf(!hasPython)('python gets its arguments and hands back what it printed', () => {
  expect(python('print(args["n"] + 1)', { n: 41 })).toBe('42\n');
  expect(() => python('raise ValueError("on purpose")')).toThrow('on purpose');
});

it.skipIf(!hasH5py || !hasH5dump)('h5py writes a file that h5dump reads', () => {
  using folder = temporaryFolder();
  const path = folder.join('a.h5');
  python(
    `
    import h5py
    with h5py.File(args["path"], "w") as file:
        file["x"] = [1, 2, 3]
    `,
    { path },
  );
  expect(h5dump(path, '-y', '-d', '/x')).toContain('1, 2, 3');
  expect(() => h5dump(`${path}.absent`)).toThrow('h5dump failed');
});

it.skipIf(!hasPyTables)('PyTables is there', () => {
  expect(python('import tables; print(tables.hdf5_version)')).toMatch(/^1\./);
});

it('h5wasm writes a file and reads it back from its bytes', async () => {
  using folder = temporaryFolder();
  const path = folder.join('a.h5');
  {
    using written = await openH5wasm(path, 'w');
    written.file.create_dataset({ name: 'x', data: new Float64Array([1.5, 2.5]) });
  }
  using read = await openH5wasm(readFileSync(path));
  expect(read.file.keys()).toEqual(['x']);
  await expect(openH5wasm(new Uint8Array(600))).rejects.toThrow();
});

it('temporaryFolder is gone after its block', () => {
  let path: string;
  {
    using folder = temporaryFolder();
    path = folder.path;
    expect(existsSync(path)).toBe(true);
  }
  expect(existsSync(path)).toBe(false);
});

it.skipIf(!corpus())('the corpus beside the project has its files', () => {
  expect(existsSync(`${corpus()}/tall.h5`)).toBe(true);
});
