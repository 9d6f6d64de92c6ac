import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OpenMode, openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import { core } from '../index.js';
import { namesIn, temporaryFolder } from '../temporary.fixture.js';

type Row = readonly [image: 'image' | '-', backing: 'on' | 'off', disk: 'disk' | '-', ...cells: string[]];

/*
 * Mode × backing store × image × existing disk file. A cell is what the file holds right after opening, and what
 * the disk holds once "+" was appended and the file closed ("·" for no file), or the code of the refusal.
 * A cell with "!" is better than what HDF5 with PyTables does there: an image is never dropped without a word,
 * and a private copy has nothing to do with the disk.
 */
const modes = ['r', 'r+', 'a', 'w', 'w-'] as const;
const matrix: readonly Row[] = [
  //  image    backing disk     r               r+              a               w                  w-
  ['-', 'on', 'disk', 'disk>disk', 'disk>disk+', 'disk>disk+', '>+', 'IO_EXISTS'],
  ['-', 'on', '-', 'IO_NOT_FOUND', 'IO_NOT_FOUND', '>+', '>+', '>+'],
  ['-', 'off', 'disk', 'disk>disk', 'disk>disk', 'disk>disk', '>disk', 'IO_EXISTS'],
  ['-', 'off', '-', 'IO_NOT_FOUND', 'IO_NOT_FOUND', '>·', '>·', '>·'],
  ['image', 'off', '-', 'image>·', 'image>·', 'image>·', 'DRV_BAD_OPTION!', 'DRV_BAD_OPTION'],
  ['image', 'off', 'disk', 'image>disk!', 'image>disk!', 'image>disk!', 'DRV_BAD_OPTION!', 'DRV_BAD_OPTION'],
  ['image', 'on', '-', 'IO_NOT_FOUND', 'IO_NOT_FOUND', 'image>image+', 'DRV_BAD_OPTION!', 'DRV_BAD_OPTION'],
  ['image', 'on', 'disk', 'IO_EXISTS', 'IO_EXISTS', 'IO_EXISTS', 'DRV_BAD_OPTION!', 'DRV_BAD_OPTION'],
];
const cells = matrix.flatMap(([image, backing, disk, ...outcomes]) =>
  modes.map((mode, index) => [mode, backing, image, disk, outcomes[index]!] as const),
);

describe('core, mode × backing store × image × disk file', () => {
  it.each(cells)('%s, backing %s, %s, %s: %s', (mode, backing, image, disk, outcome) => {
    const folder = temporaryFolder();
    const name = join(folder, 'file');
    if (disk === 'disk') writeFileSync(name, 'disk');
    const onDisk = () => (existsSync(name) ? readFileSync(name, 'utf8') : '·');
    const bytes = Buffer.from('image');
    const open = () =>
      openWith(
        core,
        { name, mode: mode as OpenMode, options: { backingStore: backing === 'on' } },
        image === 'image' ? { image: bytes } : {},
      );
    const expected = outcome.replace('!', '');
    if (!expected.includes('>')) {
      expect(open).toThrow(expect.objectContaining({ code: expected, driver: 'core' }));
      expect(onDisk()).toBe(disk === 'disk' ? 'disk' : '·');
      expect(namesIn(folder)).toEqual(disk === 'disk' ? ['file'] : []);
      return;
    }
    const [content, after] = expected.split('>');
    const file = open();
    const target = new Uint8Array(file.size());
    file.read(0, target);
    expect(Buffer.from(target).toString()).toBe(content);
    // A new file is on the disk at once; one that is to be replaced stays until there is something to replace it.
    const before = backing === 'on' && disk === '-' ? '' : disk === 'disk' ? 'disk' : '·';
    expect(onDisk()).toBe(before);
    if (mode === 'r')
      expect(() => file.write(0, bytes)).toThrow(expect.objectContaining({ code: 'IO_READ_ONLY' }));
    else file.write(file.size(), Buffer.from('+'));
    expect(onDisk()).toBe(before);
    file.close();
    expect(onDisk()).toBe(after);
    expect(bytes.toString()).toBe('image');
    expect(namesIn(folder)).toEqual(onDisk() === '·' ? [] : ['file']);
  });
});
