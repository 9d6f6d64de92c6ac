import { readFileSync, writeFileSync } from 'node:fs';
import { memoryDriver, openWith } from '@terrane/driver';
import { hasH5py, openH5wasm, python, temporaryFolder } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { createFile, openFile } from './index.js';

/** Names of 1 to 300 bytes, some of them beyond ASCII, all different, in no order. */
function manyNames(count: number): string[] {
  const letters = 'abcäßπ水\u{1f600}Zz09 ._-';
  const names = new Set<string>();
  let state = 12345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const all = [...letters];
  while (names.size < count) {
    const length = names.size % 50 === 0 ? 1 + random(90) : 2 + random(12);
    const name = Array.from({ length }, () => all[random(all.length)]!).join('');
    if (name !== '.' && Buffer.byteLength(name) <= 300) names.add(name);
  }
  return [...names];
}

describe.each(['earliest', 'v108'] as const)('a group with 5,000 names (%s)', (format) => {
  it('is written by us, read by the C library, shrunk and filled by it, and extended by us', async () => {
    using folder = temporaryFolder();
    const path = folder.join('a.h5');
    const names = manyNames(5000);
    const file = createFile(openWith(memoryDriver(), { mode: 'w' }), { format });
    for (const [index, name] of names.entries()) {
      file.root.createSoftLink(name, `target ${index}`);
      if (index % 1000 === 0) file.flush();
    }
    const image = file.image();
    if (format === 'earliest') expect(highestTree(image)).toBe(2);
    writeFileSync(path, image);
    const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    {
      using opened = await openH5wasm(path, 'r');
      expect(opened.file.keys()).toEqual(sorted);
    }
    // In a new group without a heap for its links the library takes minutes for what follows.
    if (!hasH5py || format === 'v108') return;
    const edited = JSON.parse(
      python(
        `
        import h5py
        with h5py.File(args["path"], "r+") as file:
            for i, name in enumerate(args["names"]):
                assert file.get(name, getlink=True).path == "target %d" % i, name
                if i % 3 == 0:
                    del file[name]
            for i in range(2000):
                file.create_group("theirs %d" % (i * 7919 % 2000))
            print(json.dumps(list(file)))
        `,
        { path, names },
      ),
    );
    const ours = openFile(
      openWith(memoryDriver({ a: new Uint8Array(readFileSync(path)) }), { name: 'a', mode: 'r+' }),
      { mode: 'r+' },
    );
    expect(ours.root.keys()).toEqual(edited);
    for (let index = 0; index < 1000; index++) ours.root.createSoftLink(`ours ${(index * 577) % 1000}`, 'x');
    writeFileSync(path, ours.image());
    using opened = await openH5wasm(path, 'r');
    expect(opened.file.keys().length).toBe(edited.length + 1000);
    expect(opened.file.keys()).toEqual(ours.root.keys());
  });
});

/** The level of the highest B-tree node in a file, counted from 0. */
function highestTree(image: Uint8Array): number {
  const bytes = Buffer.from(image);
  let level = -1;
  for (let at = bytes.indexOf('TREE'); at >= 0; at = bytes.indexOf('TREE', at + 1))
    level = Math.max(level, bytes[at + 5]!);
  return level;
}
