import { readFileSync, writeFileSync } from 'node:fs';
import { memoryDriver, openWith } from '@terrane/driver';
import { h5dump, hasH5dump, hasH5py, openH5wasm, python, temporaryFolder } from '@terrane/oracles';
import type { Dataset, Group } from 'h5wasm/node';
import { describe, expect, it } from 'vitest';
import { createFile, type DtypeName, type File, openFile } from './index.js';

const formats = ['earliest', 'v108'] as const;
const userBlocks = [0, 512] as const;
const variants = formats.flatMap((format) => userBlocks.map((userBlock) => ({ format, userBlock })));

const numbers: readonly [DtypeName, readonly (number | bigint)[]][] = [
  ['int8', [-128, 127]],
  ['uint8', [0, 255]],
  ['int16be', [-32768, 32767]],
  ['uint16', [0, 65535]],
  ['int32', [-(2 ** 31), 2 ** 31 - 1]],
  ['uint32be', [0, 2 ** 32 - 1]],
  ['int64', [-(2n ** 63n), 2n ** 63n - 1n]],
  ['uint64', [0n, 2n ** 64n - 1n]],
  ['float32', [1.5, -0.25]],
  ['float64be', [Math.PI, -1e300]],
];

const open = (bytes: Uint8Array, mode: 'r' | 'r+' = 'r'): File<'sync'> =>
  openFile(openWith(memoryDriver({ a: bytes }), { name: 'a', mode }), { mode });

/** A file with something of everything that is written. */
function example(format: 'earliest' | 'v108', userBlock: number): Uint8Array<ArrayBuffer> {
  const driver = memoryDriver();
  const file = createFile(openWith(driver, { name: 'a', mode: 'w' }), { format, userBlock });
  const group = file.root.createGroup('numbers');
  for (const [type, data] of numbers) {
    group.createDataset(type, { data: data as never, type, shape: [1, 2] });
    group.attributes.set(type, data as never, { type });
  }
  const small = file.root.createGroup('small');
  small.createDataset('scalar', { data: 2.5 });
  small.createDataset('texts', { data: ['x'] });
  file.root.createDataset('texts', { data: ['a', 'grüß', ''] });
  file.root.createDataset('compact', { data: Int16Array.of(1, 2, 3), layout: 'compact' });
  file.root.createDataset('scalar', { data: 2.5 });
  file.root.createDataset('null', { shape: null, type: 'int32' });
  file.root.createDataset('unwritten', { shape: [2, 2], type: 'float32' });
  file.root.createDataset('half', { data: [0.5, -2], type: 'float16' });
  file.root.createSoftLink('soft', '/numbers/int8');
  file.root.createGroup('größe').createGroup('水').attributes.set('ключ', 'значение');
  file.root.attributes.set('empty', '', { shape: null, type: 'string' });
  for (let index = 0; index < 60; index++) file.root.attributes.set(`a${index}`, `value ${index}`);
  file.close();
  return new Uint8Array(driver.files.get('a')!.bytes);
}

describe.each(variants)('what we write ($format, user block of $userBlock)', ({ format, userBlock }) => {
  it('is read equal by h5wasm', async () => {
    using opened = await openH5wasm(example(format, userBlock));
    const { file } = opened;
    const dataset = (path: string): Dataset => file.get(path) as Dataset;
    for (const [type, data] of numbers) {
      expect(Array.from(dataset(`numbers/${type}`).value as never), type).toEqual(data);
      expect(dataset(`numbers/${type}`).shape).toEqual([1, 2]);
      expect(Array.from((file.get('numbers') as Group).attrs[type]!.value as never), type).toEqual(data);
    }
    expect(dataset('texts').value).toEqual(['a', 'grüß', '']);
    expect(dataset('compact').value).toEqual(Int16Array.of(1, 2, 3));
    expect(dataset('scalar').value).toBe(2.5);
    expect(dataset('null').value).toBeNull();
    expect(dataset('unwritten').value).toEqual(new Float32Array(4));
    expect(dataset('soft').value).toEqual(Int8Array.of(-128, 127));
    expect((file.get('größe/水') as Group).attrs.ключ!.value).toBe('значение');
    for (let index = 0; index < 60; index++) expect(file.attrs[`a${index}`]!.value).toBe(`value ${index}`);
  });

  it('is edited by h5wasm, read by us, edited again, and read by it', async () => {
    using folder = temporaryFolder();
    const path = folder.join('a.h5');
    writeFileSync(path, example(format, userBlock));
    {
      using opened = await openH5wasm(path, 'a');
      const { file } = opened;
      file.create_group('theirs');
      // A new group of its own stays without a heap up to 8 links.
      for (let index = 0; index < 20; index++) {
        const group = file.get(index < 8 ? 'theirs' : 'numbers') as Group;
        group.create_dataset({ name: `d${index}`, data: new Int32Array([index]) });
      }
      file.create_attribute('theirs', new Float64Array([1, 2]), [2]);
      for (const name of ['a0', 'a7', 'a59']) file.delete_attribute(name);
      dataset(file, 'compact').create_attribute('unit', 'm');
    }
    const ours = open(new Uint8Array(readFileSync(path)), 'r+');
    expect(ours.info.userBlock).toBe(userBlock);
    expect(ours.root.attributes.value('theirs')).toEqual(Float64Array.of(1, 2));
    expect(ours.root.attributes.names().length).toBe(59);
    // It has moved the links of a new group with many of them into a fractal heap, which is refused by name.
    if (format === 'v108') {
      expect(() => ours.root.keys()).toThrow(expect.objectContaining({ feature: 'dense link storage' }));
      return;
    }
    expect(ours.group('theirs').keys().length).toBe(8);
    expect(ours.group('numbers').keys().length).toBe(22);
    ours.group('theirs').createDataset('ours', { data: [1] });
    ours.dataset('theirs/d7').attributes.set('ours', 'too');
    expect(ours.dataset('numbers/float64be').read().data).toEqual(Float64Array.of(Math.PI, -1e300));
    const group = ours.group('numbers');
    group.createDataset('ours', { data: ['again'] });
    group.attributes.set('ours', 1n);
    ours.dataset('numbers/int8').write([1, 2]);
    const image = ours.image();
    using again = await openH5wasm(image);
    expect(dataset(again.file, 'numbers/ours').value).toEqual(['again']);
    expect(dataset(again.file, 'numbers/int8').value).toEqual(Int8Array.of(1, 2));
    expect((again.file.get('numbers') as Group).attrs.ours!.value).toBe(1n);
    expect(dataset(again.file, 'compact').attrs.unit!.value).toBe('m');
    expect(dataset(again.file, 'numbers/d19').value).toEqual(Int32Array.of(19));
    expect(dataset(again.file, 'theirs/d7').attrs.ours!.value).toBe('too');
    expect(dataset(again.file, 'theirs/ours').value).toEqual(Float64Array.of(1));
  });

  it.skipIf(!hasH5dump)('is read by h5dump', () => {
    using folder = temporaryFolder();
    const path = folder.join('a.h5');
    writeFileSync(path, example(format, userBlock));
    expect(h5dump(path, '-y', '-d', '/texts')).toContain(String.raw`"a\000\000\000\000\000"`);
    expect(h5dump(path, '-y', '-d', '/numbers/int64')).toContain('-9223372036854775808, 9223372036854775807');
    expect(h5dump(path, '-B', '-H')).toContain(`USERBLOCK_SIZE ${userBlock}`);
    expect(h5dump(path, '-a', '/größe/水/ключ')).toContain('STRSIZE 16;');
    expect(h5dump(path, '-a', '/a59')).toContain('(0): "value 59"');
  });

  it.skipIf(!hasH5py)('is read equal by h5py, edited by it, and by us again', () => {
    using folder = temporaryFolder();
    const path = folder.join('a.h5');
    writeFileSync(path, example(format, userBlock));
    // In new groups the library moves a ninth link into a fractal heap, which is refused by name.
    const edited = format === 'earliest' ? 'numbers' : 'small';
    const count = format === 'earliest' ? 50 : 5;
    const found = JSON.parse(
      python(
        `
        import h5py
        with h5py.File(args["path"], "r+") as file:
            found = {
                "numbers": {name: [str(file["numbers"][name].dtype), [str(v) for v in file["numbers"][name][0]],
                                   [str(v) for v in file["numbers"].attrs[name]]] for name in file["numbers"]},
                "texts": [text.decode() for text in file["texts"][()]],
                "compact": file["compact"][()].tolist(),
                "scalar": float(file["scalar"][()]),
                "null": file["null"].shape is None,
                "half": [str(file["half"].dtype), file["half"][()].tolist()],
                "soft": file["soft"][0].tolist(),
                "deep": file["größe/水"].attrs["ключ"].decode() if isinstance(file["größe/水"].attrs["ключ"], bytes) else str(file["größe/水"].attrs["ключ"]),
                "attributes": len(file.attrs),
            }
            group = file[args["group"]]
            for i in range(args["count"]):
                group.create_dataset("theirs %d" % i, data=[i, i])
                group.attrs["theirs %d" % i] = i
            del group["theirs 3"]
            del file["small/texts"]
            del file["numbers"].attrs["int8"]
            file["compact"][1] = 77
            file["unwritten"][0, 1] = 5
            file.move("small/scalar", "small/moved")
            file.attrs["a1"] = "changed"
            del file.attrs["a2"]
        print(json.dumps(found))
        `,
        { path, group: edited, count },
      ),
    );
    const kinds: Record<string, string> = {
      int8: 'int8',
      uint8: 'uint8',
      int16be: '>i2',
      uint16: 'uint16',
      int32: 'int32',
      uint32be: '>u4',
      int64: 'int64',
      uint64: 'uint64',
      float32: 'float32',
      float64be: '>f8',
    };
    for (const [type, data] of numbers) {
      const [kind, values, attribute] = found.numbers[type];
      expect(kind).toBe(kinds[type]);
      expect(values.map(Number)).toEqual(data.map(Number));
      expect(attribute).toEqual(values);
    }
    expect(found).toMatchObject({
      texts: ['a', 'grüß', ''],
      compact: [1, 2, 3],
      scalar: 2.5,
      null: true,
      half: ['float16', [0.5, -2]],
      soft: [-128, 127],
      deep: 'значение',
      attributes: 61,
    });
    const ours = open(new Uint8Array(readFileSync(path)), 'r+');
    expect(ours.dataset('compact').read().data).toEqual(Int16Array.of(1, 77, 3));
    expect(ours.dataset('unwritten').read({ start: [0, 1], count: [1, 1] }).data).toEqual(Float32Array.of(5));
    expect(ours.dataset('small/moved').read().data).toEqual(Float64Array.of(2.5));
    expect(ours.get('small/texts')).toBeUndefined();
    expect(ours.group('numbers').attributes.value('int8')).toBeUndefined();
    expect(ours.root.attributes.value('a1')).toBe('changed');
    expect(ours.root.attributes.value('a2')).toBeUndefined();
    const group = ours.group(edited);
    expect(group.keys().filter((name) => name.startsWith('theirs')).length).toBe(count - 1);
    expect(group.dataset('theirs 4').read().data).toEqual(BigInt64Array.of(4n, 4n));
    expect(group.attributes.value('theirs 4')).toBe(4n);
    for (let index = 0; index < 100; index++) group.createDataset(`again ${index}`, { data: [index] });
    for (let index = 0; index < count; index += 2) group.attributes.delete(`theirs ${index}`);
    group.attributes.set('theirs 1', 'longer than what stood here before, by far');
    ours.root.createSoftLink('more', 'small/moved');
    ours.dataset('small/moved').write(3.5);
    writeFileSync(path, ours.image());
    const last = JSON.parse(
      python(
        `
        import h5py
        with h5py.File(args["path"], "r+") as file:
            group = file[args["group"]]
            print(json.dumps([float(file["more"][()]),
                              len([name for name in group.attrs if name.startswith("theirs")]),
                              [float(group["again %d" % i][0]) for i in range(100)]]))
            for name in list(group):
                if name != "moved":
                    del group[name]
        `,
        { path, group: edited },
      ),
    );
    expect(last).toEqual([3.5, Math.floor(count / 2), Array.from({ length: 100 }, (_, index) => index)]);
    expect(
      open(new Uint8Array(readFileSync(path)))
        .dataset('more')
        .read().data,
    ).toEqual(Float64Array.of(3.5));
  });
});

function dataset(file: { get(path: string): unknown }, path: string): Dataset {
  return file.get(path) as Dataset;
}
