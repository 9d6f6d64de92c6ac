import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressMapOf, memoryDriver, openWith } from '@terrane/driver';
import { corpus, h5dump, hasH5dump, hasH5py, python } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { multi, split } from './index.js';
import { appendWithH5py, bytesOf, folderOf, inCore, littleEndian, makeWithH5py } from './members.fixture.js';
import { namesIn, temporaryFolder } from './temporary.fixture.js';

const coded = (code: string) => expect.objectContaining({ code });

describe('split', () => {
  it.skipIf(!hasH5py)("reads the C library's two files, raw data beyond 2^63 included", () => {
    const folder = temporaryFolder();
    const name = join(folder, 'set');
    const { offset, values } = makeWithH5py(name, 'split');
    expect(namesIn(folder)).toEqual(['set-m.h5', 'set-r.h5']);
    const file = openWith(split, { name });
    const [meta, raw] = file.manifest.addresses!;
    expect([meta!.address, raw!.address]).toEqual(['0', '9223372036854775807']);
    expect(raw!.kinds).toEqual(['raw', 'global-heap']);
    const position = raw!.position + Number(BigInt(offset) - BigInt(raw!.address));
    expect(bytesOf(file, position, 12_000)).toEqual(littleEndian(values));
    expect(Buffer.compare(bytesOf(file, 0, 512), readFileSync(`${name}-m.h5`).subarray(0, 512))).toBe(0);
    expect(file.size()).toBe(raw!.position + readFileSync(`${name}-r.h5`).length);
  });

  it.skipIf(!hasH5py || !hasH5dump)('writes two files that the C library reads and appends to', () => {
    const [theirs, ours] = [temporaryFolder(), temporaryFolder()];
    const { values } = makeWithH5py(join(theirs, 'set'), 'split');
    const source = openWith(split, { name: join(theirs, 'set') });
    const copy = openWith(split, { name: join(ours, 'set'), mode: 'w' });
    for (const [index, suffix] of ['-m.h5', '-r.h5'].entries()) {
      const { position } = source.manifest.addresses![index]!;
      const { length } = readFileSync(join(theirs, `set${suffix}`));
      copy.write(position, bytesOf(source, position, length));
    }
    copy.flush();
    // The superblock's driver information, found by its name, is what ours says of itself.
    const head = readFileSync(join(theirs, 'set-m.h5'));
    const at = head.indexOf('NCSAmult') + 8;
    const { id, bytes } = copy.driverInfo();
    expect(id).toBe('NCSAmult');
    expect(Buffer.from(bytes).toString('hex')).toBe(head.subarray(at, at + bytes.length).toString('hex'));
    copy.close();
    expect(folderOf(ours)).toEqual(folderOf(theirs));
    expect(h5dump(join(ours, 'set'), '-f', 'split', '-d', '/g/numbers').includes(' 20993\n')).toBe(true);
    expect(appendWithH5py(join(ours, 'set'), 'split')).toEqual([values, [1.5, 2.5], 'metre']);
  });

  it.skipIf(!hasH5py)('finds the names that the set says of itself, whatever it is told', () => {
    const folder = temporaryFolder();
    makeWithH5py(join(folder, 'set'), 'split');
    cpSync(join(folder, 'set-m.h5'), join(folder, 'set.meta'));
    const file = openWith(split, { name: join(folder, 'set'), options: { meta: '.meta', raw: '.none' } });
    expect(file.size()).toBeGreaterThan(2 ** 50);
  });

  it.skipIf(!hasH5py)('shows the metadata when the raw data was left behind', () => {
    const folder = temporaryFolder();
    makeWithH5py(join(folder, 'set'), 'split');
    rmSync(join(folder, 'set-r.h5'));
    const file = openWith(split, { name: join(folder, 'set') });
    expect(file.size()).toBe(readFileSync(join(folder, 'set-m.h5')).length);
    rmSync(join(folder, 'set-m.h5'));
    expect(() => openWith(split, { name: join(folder, 'set') })).toThrow(coded('IO_NOT_FOUND'));
  });

  it('opens in memory, too, and leaves the disk alone', () => {
    const folder = temporaryFolder();
    const name = join(folder, 'set');
    const made = openWith(split, { name, mode: 'w' });
    made.write(0, Uint8Array.of(1, 2, 3));
    made.close();
    const before = folderOf(folder);
    const file = openWith(split, { name, mode: 'r+' }, { memberDriver: inCore });
    file.write(2 ** 50, Uint8Array.of(9));
    file.write(1, Uint8Array.of(8));
    expect([...bytesOf(file, 0, 5)]).toEqual([1, 8, 3, 0, 0]);
    expect([...bytesOf(file, 2 ** 50)]).toEqual([9]);
    file.truncate(2);
    expect(file.size()).toBe(2);
    file.close();
    expect(folderOf(folder)).toEqual(before);
  });

  it.skipIf(!hasH5py)('opens from images of its members, and gives them back', () => {
    const folder = temporaryFolder();
    makeWithH5py(join(folder, 'set'), 'split');
    const images = Object.fromEntries(
      namesIn(folder).map((name) => [name, readFileSync(join(folder, name))]),
    );
    const before = folderOf(folder);
    const memberDriver = memoryDriver(images);
    const file = openWith(split, { name: 'set', mode: 'r+' }, { memberDriver });
    const map = addressMapOf(file.manifest)!;
    file.write(map.toPosition(2n ** 63n - 1n), littleEndian([-1]));
    file.write(file.size(), littleEndian([5]));
    file.close();
    const raw = images['set-r.h5']!;
    const expected = Buffer.concat([littleEndian([-1]), raw.subarray(4), littleEndian([5])]);
    expect(Buffer.compare(memberDriver.files.get('set-r.h5')!.bytes, expected)).toBe(0);
    expect(Buffer.compare(memberDriver.files.get('set-m.h5')!.bytes, images['set-m.h5']!)).toBe(0);
    expect(folderOf(folder)).toEqual(before);
  });

  it('refuses what is no suffix, and a map that makes no sense', () => {
    const name = join(temporaryFolder(), 'set');
    expect(() => openWith(split, { name, mode: 'w', options: { meta: '' } })).toThrow(
      coded('DRV_BAD_OPTION'),
    );
    expect(() => openWith(split, { name, mode: 'w', options: { raw: 1 } })).toThrow(coded('DRV_BAD_OPTION'));
    const damaged = Buffer.concat([Buffer.alloc(100), Buffer.from('NCSAmult'), Buffer.alloc(60, 9)]);
    writeFileSync(`${name}-m.h5`, damaged);
    expect(() => openWith(split, { name })).toThrow(coded('DRV_BAD_OPTION'));
  });
});

describe('multi', () => {
  const ctypes = `
    import ctypes, glob, h5py
    # The very library that h5py uses, so that its numbers for types and property lists are valid.
    path = [line.split()[-1] for line in open('/proc/self/maps') if 'libhdf5_serial.so' in line or 'libhdf5.so' in line or 'libhdf5-' in line][0]
    lib = ctypes.CDLL(path)
    def fapl():
      p = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
      p.set_fclose_degree(h5py.h5f.CLOSE_STRONG)
      assert lib.H5Pset_fapl_multi(ctypes.c_int64(p.id), None, None, None, None, 1) >= 0
      return p
  `;

  it.skipIf(!hasH5py)("reads the C library's six files and writes the same", () => {
    const [theirs, ours] = [temporaryFolder(), temporaryFolder()];
    const { offset, values } = JSON.parse(
      python(
        `${ctypes}
    import numpy
    f = h5py.File(h5py.h5f.create(args['name'].encode(), h5py.h5f.ACC_TRUNC, fapl=fapl()))
    d = f.create_dataset('g/numbers', data=numpy.arange(500, dtype='<i4'))
    offset = str(d.id.get_offset() & (2**64 - 1))
    print(json.dumps({'offset': offset, 'values': d[:].tolist()}))
    f.close()`,
        { name: join(theirs, 'set') },
      ),
    );
    const source = openWith(multi, { name: join(theirs, 'set') });
    const raw = source.manifest.addresses!.find(({ kinds }) => kinds.includes('raw'))!;
    expect(bytesOf(source, raw.position + Number(BigInt(offset) - BigInt(raw.address)), 2000)).toEqual(
      littleEndian(values),
    );
    const copy = openWith(multi, { name: join(ours, 'set'), mode: 'w' });
    expect(copy.manifest.addresses).toEqual(source.manifest.addresses);
    for (const [index, letter] of [...'sbrglo'].entries()) {
      const member = join(theirs, `set-${letter}.h5`);
      if (!existsSync(member)) continue;
      const { position } = source.manifest.addresses![index]!;
      const { length } = readFileSync(member);
      if (length > 0) copy.write(position, bytesOf(source, position, length));
    }
    const head = readFileSync(join(theirs, 'set-s.h5'));
    const at = head.indexOf('NCSAmult') + 8;
    const { bytes } = copy.driverInfo();
    // All but the lengths, which are those of the addresses in use, and may be less than what was written.
    expect(Buffer.from(bytes.subarray(0, 8)).equals(head.subarray(at, at + 8))).toBe(true);
    expect(Buffer.from(bytes.subarray(104)).equals(head.subarray(at + 104, at + bytes.length))).toBe(true);
    copy.close();
    const read = python(
      `${ctypes}
    f = h5py.File(h5py.h5f.open(args['name'].encode(), h5py.h5f.ACC_RDWR, fapl=fapl()))
    f['added'] = [1, 2]
    print(json.dumps([f['g/numbers'][:].tolist(), f['added'][:].tolist()]))
    f.close()`,
      { name: join(ours, 'set') },
    );
    expect(JSON.parse(read)).toEqual([values, [1, 2]]);
  });

  it.skipIf(!corpus())('reads an official set of which only some members are left', () => {
    const file = openWith(multi, { name: join(corpus()!, 'multi_file_v16') });
    expect(file.manifest.addresses!.length).toBeGreaterThanOrEqual(2);
    expect([...bytesOf(file, 1, 3)]).toEqual([...Buffer.from('HDF')]);
  });
});
