import { readFileSync } from 'node:fs';
import { h5dump, hasH5dump, hasPyTables, openH5wasm, python, temporaryFolder } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { type ArrayNode, type GroupNode, openFile, zeros } from './index.js';

/** A file with one of everything this package makes. */
function writeSample(path: string, driver = 'H5FD_CORE'): void {
  using file = openFile(path, 'w', { driver, title: 'The title' });
  file.createArray('/', 'zeros', zeros([3, 4]), 'zeros');
  const group = file.createGroup('/', 'group', 'a grüp');
  file.createGroup(group, 'inner');
  file.createArray(
    group,
    'list',
    [
      [1, 2],
      [3, 4],
    ],
    'nested list',
  );
  file.createArray(group, 'floats', [0.5, 1], "it's");
  file.createArray(group, 'scalar', 5);
  file.createArray(group, 'text', 'one text', 'a "quoted" title');
  file.createArray(group, 'texts', ['a', 'bcd']);
  for (const array of [
    Int8Array,
    Uint8Array,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
  ]) {
    file.createArray('/', array.name, array.from([1, 2, 3]));
  }
  file.createArray('/', 'BigUint64Array', BigUint64Array.from([2n ** 64n - 1n]));
  file.setNodeAttr('/', 'whole', 41);
  file.setNodeAttr('/', 'part', 2.5);
  file.setNodeAttr('/', 'flag', true);
  file.setNodeAttr('/', 'empty', '');
  file.setNodeAttr('/', 'words', 'größer');
  file.setNodeAttr(group, 'matrix', { data: Int32Array.of(1, 2, 3, 4), shape: [2, 2], stride: [2, 1] });
}

describe.skipIf(!hasPyTables)('PyTables', () => {
  it('opens our files with full node classes and prints them as we do', () => {
    using folder = temporaryFolder();
    const path = folder.join('ours.h5');
    writeSample(path);
    const script = `
      import tables, numpy
      with tables.open_file(args['path']) as f:
          g = f.root.group
          print(json.dumps({
              'printed': str(f),
              'isPyTables': bool(tables.is_pytables_file(args['path'])),
              'attrs': repr(f.root._v_attrs),
              'arrays': [repr(n) for n in f.walk_nodes('/', 'Array')],
              'classes': sorted({type(n).__name__ for n in f.walk_nodes()}),
              'list': g.list.read(), 'scalar': g.scalar.read(), 'text': g.text.read().decode(),
              'texts': [t.decode() for t in g.texts.read()], 'floats': g.floats.read(),
              'zeros': f.root.zeros.read().tolist(), 'big': str(f.root.BigUint64Array.read()[0]),
              'matrix': g._v_attrs.matrix.tolist(),
          }))`;
    const found = JSON.parse(python(script, { path }));
    using file = openFile(path);
    expect(found.printed).toBe(String(file));
    expect(found.isPyTables).toBeTruthy();
    expect(found.attrs).toBe(file.root.attrs.list());
    expect(found.classes).toEqual(['Array', 'Group', 'RootGroup']);
    const walk = (group: GroupNode<'sync'>): ArrayNode<'sync'>[] =>
      group.children().flatMap((node) => ('keys' in node ? walk(node) : [node as ArrayNode<'sync'>]));
    expect(found.arrays.sort()).toEqual(
      walk(file.root)
        .map((node) => node.list())
        .sort(),
    );
    expect(found).toMatchObject({
      list: [
        [1, 2],
        [3, 4],
      ],
      scalar: 5,
      text: 'one text',
      texts: ['a', 'bcd'],
      floats: [0.5, 1],
      big: '18446744073709551615',
      matrix: [
        [1, 2],
        [3, 4],
      ],
    });
  });

  it('adds to our files what we then read, and the other way round', () => {
    using folder = temporaryFolder();
    const path = folder.join('ours.h5');
    writeSample(path, 'H5FD_SEC2');
    for (let round = 0; round < 3; round++) {
      python(
        `
        import tables, numpy
        n = args['round']
        with tables.open_file(args['path'], 'a') as f:
            f.create_array('/', 'theirs%d' % n, numpy.arange(5, dtype='>i2') + n, 'by PyTables')
            f.create_group('/group', 'g%d' % n)
            f.set_node_attr('/', 'theirs%d' % n, 'text %d' % n)
            f.set_node_attr('/group/list', 'number', n)
            f.root.zeros[0, 0] = n`,
        { path, round },
      );
      using file = openFile(path, 'r+');
      const theirs = file.getNode(`/theirs${round}`) as ArrayNode<'sync'>;
      expect(String(theirs)).toBe(`/theirs${round} (Array(5,)) 'by PyTables'`);
      expect(theirs.toList()).toEqual([0, 1, 2, 3, 4].map((value) => value + round));
      expect(file.getNodeAttr('/', `theirs${round}`)).toBe(`text ${round}`);
      expect(file.getNodeAttr('/group/list', 'number')).toBe(round);
      expect((file.getNode('/zeros') as ArrayNode<'sync'>).read().data[0]).toBe(round);
      for (let index = 0; index < 20; index++)
        file.createArray('/group', `ours${round}_${index}`, [round, index]);
    }
    const count = python(
      `
      import tables
      with tables.open_file(args['path']) as f:
          print(sum(1 for n in f.walk_nodes('/group', 'Array')), f.root.group.ours2_19.read())`,
      { path },
    );
    expect(count.trim()).toBe('65 [2, 19]');
  });

  it('prints a file that is only in memory as we do', () => {
    const name = 'no such folder/memory.h5';
    const script = `
      import tables
      f = tables.open_file(args['name'], 'w', driver='H5FD_CORE', driver_core_backing_store=0, title='m')
      print(json.dumps(str(f)))
      f.close()`;
    using file = openFile(name, 'w', { driver: 'H5FD_CORE', driverCoreBackingStore: 0, title: 'm' });
    expect(String(file)).toBe(JSON.parse(python(script, { name })));
  });

  it('prints its own files as we print them', () => {
    using folder = temporaryFolder();
    const path = folder.join('theirs.h5');
    const script = `
      import tables as t, numpy as np
      f = t.open_file(args['path'], 'w', title='The "title"')
      f.create_array('/', 'a', np.arange(6.).reshape(2, 3), "it's")
      f.create_array('/', 'b', np.array([True, False]))
      f.create_array('/', 'be', np.arange(3, dtype='>i4'))
      f.create_array('/', 'f2', np.arange(3, dtype='f2'))
      f.create_carray('/', 'c', t.Int32Atom(), (10, 20), filters=t.Filters(5, 'zlib', fletcher32=True))
      f.create_group('/', 'g', 'group')
      f.create_earray('/g', 'e', t.Float32Atom(), (0, 3))
      f.create_table('/g', 't', {'a': t.Int32Col(), 'b': t.StringCol(3)}, 'tt')
      f.create_vlarray('/g', 'v', t.Int32Atom())
      f.create_soft_link('/g', 's', '/a'); f.create_soft_link('/g', 'd', '/nope')
      for name, value in dict(num=5, flt=2.5, s='text', b=True, e='', arr=np.arange(3)).items():
          f.set_node_attr('/', name, value)
      f.close()
      f = t.open_file(args['path'])
      print(json.dumps({'file': str(f), 'attrs': repr(f.root._v_attrs), 'arrays': [repr(n) for n in f.walk_nodes('/', 'Array') if n._c_classid == 'ARRAY']}))`;
    const printed = JSON.parse(python(script, { path }));
    using file = openFile(path);
    expect(String(file)).toBe(printed.file);
    expect(file.root.attrs.list()).toBe(printed.attrs);
    const arrays = ['/a', '/b', '/be', '/f2'].map((name) => (file.getNode(name) as ArrayNode<'sync'>).list());
    expect(arrays).toEqual(printed.arrays);
  });
});

describe('the C library', () => {
  it('reads the same values with h5wasm, adds a dataset and an attribute, and we read those', async () => {
    using folder = temporaryFolder();
    const path = folder.join('ours.h5');
    writeSample(path);
    {
      using opened = await openH5wasm(path, 'a');
      const { file } = opened;
      const value = (name: string): unknown => (file.get(name) as { value: unknown }).value;
      expect(value('group/floats')).toEqual(Float64Array.of(0.5, 1));
      expect(value('group/texts')).toEqual(['a', 'bcd']);
      expect(value('zeros')).toEqual(new Float64Array(12));
      expect(file.attrs.TITLE!.value).toBe('The title');
      file.create_dataset({ name: 'added', data: Int32Array.of(7, 8), shape: [2] });
      file.create_attribute('note', 'from h5wasm');
    }
    using file = openFile(path);
    expect((file.getNode('/added') as ArrayNode<'sync'>).toList()).toEqual([7, 8]);
    expect(file.getNodeAttr('/', 'note')).toBe('from h5wasm');
  });

  it.skipIf(!hasH5dump)('shows the same with h5dump', () => {
    using folder = temporaryFolder();
    const path = folder.join('ours.h5');
    writeSample(path);
    const text = h5dump(path);
    expect(text).toContain('DATASET "zeros"');
    expect(text).toMatch(/DATASET "list" \{\s+DATATYPE {2}H5T_STD_I64LE\s+DATASPACE {2}SIMPLE \{ \( 2, 2 \)/);
    expect(text).toContain('(0): "nested list"');
    expect(readFileSync(path).subarray(0, 4)).toEqual(Buffer.from([137, 72, 68, 70]));
  });
});
