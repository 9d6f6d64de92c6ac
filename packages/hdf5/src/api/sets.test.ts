import { execFileSync } from 'node:child_process';
import { memoryDriver, openWith } from '@terrane/driver';
import { family, multi, sec2, split } from '@terrane/drivers';
import { createFile, openFile } from '@terrane/hdf5';
import { corpus, h5dump, hasH5dump, hasH5py, openH5wasm, python, temporaryFolder } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';

const sets = { split, multi, family } as const;
type SetName = keyof typeof sets;

/** How the library's programs name the file, and how our drivers do. */
const names: Record<SetName, string> = { split: 'set', multi: 'set', family: 'set%05d.h5' };

function open(kind: SetName, name: string, mode: 'r' | 'r+' | 'w') {
  const options = kind === 'family' && mode === 'w' ? { options: { member: 4096 } } : {};
  return openWith(sets[kind], { name, mode, ...options });
}

function writeSample(kind: SetName, name: string): void {
  const file = createFile(open(kind, name, 'w'));
  file.root.createDataset('x', { data: Float64Array.from({ length: 1000 }, (_, index) => index / 2) });
  const group = file.root.createGroup('group');
  for (let index = 0; index < 40; index++)
    group.createDataset(`d${index}`, { data: Int32Array.of(index, -index) });
  group.attributes.set('note', 'over several members');
  file.root.createDataset('later', { shape: [5], type: 'int16' });
  file.close();
}

describe.each(['split', 'multi', 'family'] as const)('a new file over %s', (kind) => {
  it('is opened again, edited and opened again by us', () => {
    using folder = temporaryFolder();
    const name = folder.join(names[kind]);
    writeSample(kind, name);
    {
      using file = openFile(open(kind, name, 'r+'), { mode: 'r+' });
      expect(file.dataset('/x', 'float64').read({ start: [998], count: [2] }).data).toEqual(
        Float64Array.of(499, 499.5),
      );
      file.root.createDataset('added', { data: Int32Array.of(7) });
      file.dataset('/later', 'int16').write([3], { start: [2], count: [1] });
    }
    using again = openFile(open(kind, name, 'r'));
    expect(again.root.keys()).toEqual(['added', 'group', 'later', 'x']);
    expect(again.group('group').keys()).toHaveLength(40);
    expect(again.dataset('/group/d39', 'int32').read().data).toEqual(Int32Array.of(39, -39));
    expect(again.dataset('/later', 'int16').read().data).toEqual(Int16Array.of(0, 0, 3, 0, 0));
    expect(again.group('group').attributes.value('note')).toBe('over several members');
  });

  it.skipIf(!hasH5dump)('is read by h5dump', () => {
    using folder = temporaryFolder();
    const name = folder.join(names[kind]);
    writeSample(kind, name);
    const text = h5dump(name, `--filedriver=${kind}`);
    expect(text).toContain('(0): 39, -39');
    expect(text).toContain('(0): "over several members"');
    expect(text).toMatch(/\(99\d\): .*499\.5/);
  });
});

/** How h5py opens each kind; it has no multi driver. */
const h5pyOptions = {
  split: { driver: 'split' },
  family: { driver: 'family', memb_size: 4096 },
} as const;

describe.skipIf(!hasH5py).each(['split', 'family'] as const)('h5py over %s', (kind) => {
  it('extends what we made, and we what it left', () => {
    using folder = temporaryFolder();
    const name = folder.join(names[kind]);
    writeSample(kind, name);
    for (let round = 0; round < 2; round++) {
      python(
        `
        import h5py, numpy
        options = dict(args['options'])
        if options['driver'] == 'split': options.update(meta_ext=b'-m.h5', raw_ext=b'-r.h5')
        with h5py.File(args['name'], 'r+', **options) as f:
            assert f['x'][999] == 499.5, f['x'][999]
            f['theirs%d' % args['round']] = numpy.arange(3000, dtype='<i4')
            f['group'].create_group('inner%d' % args['round'])
            f['group'].attrs['n%d' % args['round']] = args['round']`,
        { name, options: h5pyOptions[kind], round },
      );
      using file = openFile(open(kind, name, 'r+'), { mode: 'r+' });
      expect(file.dataset(`/theirs${round}`, 'int32').read({ start: [2999], count: [1] }).data[0]).toBe(2999);
      expect(file.group('group').attributes.value(`n${round}`)).toBe(BigInt(round));
      file.root.createDataset(`ours${round}`, { data: Float32Array.of(round) });
    }
    using file = openFile(open(kind, name, 'r'));
    expect(file.root.keys()).toEqual(['group', 'later', 'ours0', 'ours1', 'theirs0', 'theirs1', 'x']);
  });
});

describe.skipIf(corpus() === undefined || !hasH5dump)("the library's own files", () => {
  it('over several members are read', () => {
    const folder = corpus()!;
    // Of the others the corpus has some members only.
    using file = openFile(openWith(family, { name: `${folder}/tfamily%05d.h5` }));
    const [first] = file.root.keys();
    const dataset = file.dataset(`/${first}`);
    expect(dataset.read().data).toHaveLength(dataset.size);
    const text = h5dump(`${folder}/tfamily%05d.h5`, '--filedriver=family');
    expect(text).toContain(`DATASET "${first}"`);
    for (const value of dataset.read().data) expect(text).toContain(String(value));
  });
});

describe.skipIf(!hasH5dump)('h5repart', () => {
  it('makes other members and one file of a family of ours, and we read both', () => {
    using folder = temporaryFolder();
    writeSample('family', folder.join('set%05d.h5'));
    const repart = (...args: string[]): unknown => execFileSync('h5repart', args, { cwd: folder.path });
    repart('-m', '1k', 'set%05d.h5', 'small%05d.h5');
    repart('-m', '1m', '-family_to_sec2', 'set%05d.h5', 'one.h5');
    using small = openFile(open('family', folder.join('small%05d.h5'), 'r'));
    using one = openFile(openWith(sec2, { name: folder.join('one.h5') }));
    for (const file of [small, one]) {
      expect(file.dataset('/x', 'float64').read({ start: [999], count: [1] }).data[0]).toBe(499.5);
      expect(file.dataset('/group/d39', 'int32').read().data).toEqual(Int32Array.of(39, -39));
    }
  });
});

describe('the image', () => {
  it.each(['family', 'split', 'multi'] as const)('of a file over %s is one file', async (kind) => {
    using folder = temporaryFolder();
    const name = folder.join(names[kind]);
    writeSample(kind, name);
    using file = openFile(open(kind, name, 'r'));
    const image = file.image();
    using alone = openFile(openWith(memoryDriver({ image }), { name: 'image' }));
    expect(alone.dataset('/x', 'float64').read()).toEqual(file.dataset('/x', 'float64').read());
    expect(alone.dataset('/later').read()).toEqual(file.dataset('/later').read());
    expect(alone.group('group').keys()).toHaveLength(40);
    using theirs = await openH5wasm(image);
    expect((theirs.file.get('group/d7') as { value: Int32Array }).value).toEqual(Int32Array.of(7, -7));
    expect((theirs.file.get('x') as { value: Float64Array }).value[999]).toBe(499.5);
  });

  it.skipIf(!hasH5py)(
    'of a split file that h5py wrote moves old data, and refuses what it cannot move',
    () => {
      using folder = temporaryFolder();
      const name = folder.join('theirs');
      python(
        `
      import h5py, numpy
      options = dict(driver='split', meta_ext=b'-m.h5', raw_ext=b'-r.h5')
      for libver in ['earliest', ('v108', 'v108')]:
          with h5py.File(args['name'] + str(len(libver)), 'w', libver=libver, **options) as f:
              f['a/b'] = numpy.arange(1000.)
              f['a/c'] = numpy.arange(7)
              f.create_dataset('empty', (4,), 'i4')
      with h5py.File(args['name'], 'w', **options) as f:
          f.create_dataset('chunked', data=numpy.arange(10), chunks=(5,))`,
        { name },
      );
      for (const version of ['8', '2']) {
        using file = openFile(open('split', name + version, 'r'));
        using alone = openFile(openWith(memoryDriver({ image: file.image() }), { name: 'image' }));
        for (const path of ['/a/b', '/a/c', '/empty']) {
          expect(alone.dataset(path).read()).toEqual(file.dataset(path).read());
        }
        expect(alone.dataset('/a/b').read().data[999]).toBe(999);
      }
      using file = openFile(open('split', name, 'r'));
      expect(() => file.image()).toThrow(
        expect.objectContaining({ feature: expect.stringContaining('chunked') }),
      );
    },
  );
});

describe('a member alone', () => {
  it.each(['split', 'family'] as const)('of %s is refused, with the driver that it needs', (kind) => {
    using folder = temporaryFolder();
    const name = folder.join(names[kind]);
    writeSample(kind, name);
    const member = { split: 'set-m.h5', family: 'set00000.h5' }[kind];
    const alone = openWith(sec2, { name: folder.join(member) });
    expect(() => openFile(alone)).toThrow(
      expect.objectContaining({ code: 'H5_UNSUPPORTED', hint: expect.stringContaining(kind) }),
    );
    alone.close();
  });
});
