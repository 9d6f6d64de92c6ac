import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { openWith } from '@terrane/driver';
import { corpus, h5dump, hasH5dump, hasH5py } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { family } from './index.js';
import { appendWithH5py, bytesOf, folderOf, inCore, littleEndian, makeWithH5py } from './members.fixture.js';
import { namesIn, temporaryFolder } from './temporary.fixture.js';

const coded = (code: string) => expect.objectContaining({ code });

describe('family', () => {
  it.skipIf(!hasH5py)("reads the C library's members, and knows their size from the superblock", () => {
    const folder = temporaryFolder();
    const name = join(folder, 'part%02d.h5');
    const { offset, values } = makeWithH5py(name, 'family', { memb_size: 1024 });
    expect(namesIn(folder).length).toBeGreaterThan(10);
    const file = openWith(family, { name });
    expect(bytesOf(file, Number(offset), 12_000)).toEqual(littleEndian(values));
    const whole = Buffer.concat(namesIn(folder).map((member) => readFileSync(join(folder, member))));
    expect(Buffer.compare(bytesOf(file), whole)).toBe(0);
    expect(new DataView(file.driverInfo().bytes.buffer).getBigUint64(0, true)).toBe(1024n);
    expect(() => openWith(family, { name, options: { member: '2KiB' } })).toThrow(coded('DRV_BAD_OPTION'));
    openWith(family, { name, options: { member: '1KiB' } }).close();
  });

  it.skipIf(!hasH5py || !hasH5dump)(
    'writes members that the C library reads, appends to and takes for its own',
    () => {
      const [theirs, ours] = [temporaryFolder(), temporaryFolder()];
      const { values } = makeWithH5py(join(theirs, 'part%02d.h5'), 'family', { memb_size: 1024 });
      const source = openWith(family, { name: join(theirs, 'part%02d.h5') });
      const name = join(ours, 'part%02d.h5');
      const copy = openWith(family, { name, mode: 'w', options: { member: 1024 } });
      // In pieces that fit no member, backwards.
      const bytes = bytesOf(source);
      for (let at = bytes.length; at > 0; at -= 700) {
        const from = Math.max(0, at - 700);
        copy.write(from, bytes.subarray(from, at));
      }
      copy.close();
      expect(folderOf(ours)).toEqual(folderOf(theirs));
      expect(h5dump(name, '-f', 'family', '-d', '/g/numbers').includes(' 20993\n')).toBe(true);
      expect(appendWithH5py(name, 'family', { memb_size: 1024 })).toEqual([values, [1.5, 2.5], 'metre']);
    },
  );

  it.skipIf(!corpus())('reads the official sets', () => {
    const folder = corpus()!;
    for (const [name, member, count] of [
      ['tfamily%05d.h5', 256, 11],
      ['family_file%05d.h5', 1024, 18],
    ] as const) {
      const file = openWith(family, { name: join(folder, name) });
      const members = readdirSync(folder).filter((each) =>
        new RegExp(`^${name.replace('%05d', '\\d{5}')}$`).test(each),
      );
      expect(members).toHaveLength(count);
      const whole = Buffer.concat(members.sort().map((each) => readFileSync(join(folder, each))));
      expect(Buffer.compare(bytesOf(file), whole)).toBe(0);
      expect(file.size()).toBeGreaterThan((count - 1) * member);
    }
  });

  it('opens in memory, too, and leaves the disk alone', () => {
    const folder = temporaryFolder();
    const name = join(folder, 'part%d');
    const made = openWith(family, { name, mode: 'w', options: { member: 10 } });
    made.write(
      0,
      Uint8Array.from({ length: 25 }, (_, index) => index),
    );
    made.close();
    const before = folderOf(folder);
    const file = openWith(family, { name, mode: 'r+' }, { memberDriver: inCore });
    file.write(8, Uint8Array.of(99, 98, 97, 96));
    file.write(40, Uint8Array.of(5));
    expect([...bytesOf(file)].slice(7, 13)).toEqual([7, 99, 98, 97, 96, 12]);
    file.close();
    expect(folderOf(folder)).toEqual(before);
  });

  it('needs one number in its name, and a size that is one', () => {
    const open =
      (name: string, member: unknown = 10) =>
      () =>
        openWith(family, { name: join('/nowhere', name), mode: 'r', options: { member } });
    expect(open('part')).toThrow(coded('DRV_BAD_OPTION'));
    expect(open('a%d-%d')).toThrow(coded('DRV_BAD_OPTION'));
    for (const bad of [0, -1, '2 GB', 'x', 1.5, {}])
      expect(open('part%d', bad)).toThrow(coded('DRV_BAD_OPTION'));
    expect(open('part%d', '3 MiB')).toThrow(coded('IO_NOT_FOUND'));
  });

  it('reads zeros where a member before the last is short', () => {
    const name = join(temporaryFolder(), 'part%d');
    openWith(family, { name, mode: 'w', options: { member: 10 } }).write(0, new Uint8Array(25).fill(1));
    truncateSync(name.replace('%d', '1'), 4);
    const file = openWith(family, { name, options: { member: 10 } });
    expect(file.size()).toBe(25);
    expect([...bytesOf(file, 10, 10)]).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  });
});
