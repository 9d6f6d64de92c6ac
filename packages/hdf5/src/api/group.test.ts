import { expect, it } from 'vitest';
import { inBothModes } from './both-modes.fixture.js';
import { fixture } from './fixtures.fixture.js';

const formats = ['earliest', 'v108'] as const;

inBothModes('groups', (mode) => {
  it.each(formats)(
    'are made, listed by the bytes of their names, and opened by any path (%s)',
    async (format) => {
      const { file } = await mode.create({ format });
      const names = ['b', 'a', 'Z', 'größe', '水', '\u{1f600}', '\uffee', 'with space', 'a.b', '..'];
      for (const name of names) await file.root.createGroup(name);
      const inner = await file.root.createGroup('a/inner');
      expect(inner.path).toBe('/a/inner');
      await inner.createGroup('/a/inner/deep');
      const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await file.root.keys()).toEqual(sorted);
      expect((await file.root.links()).every(({ kind }) => kind === 'hard')).toBe(true);
      for (const path of ['/a/inner/deep', 'a/inner/deep', 'a//inner/./deep/', '/a/./inner/deep']) {
        expect((await file.group(path)).path).toBe('/a/inner/deep');
      }
      expect(await (await file.group('a')).keys()).toEqual(['inner']);
      expect((await file.get('/'))!.path).toBe('/');
      expect(await file.get('a/nothing')).toBeUndefined();
      expect(await file.get('nothing/at/all')).toBeUndefined();
      expect(await file.root.link('nothing')).toBeUndefined();
    },
  );

  it.each(formats)('refuse names that are taken, missing parents and bad names (%s)', async (format) => {
    const { file } = await mode.create({ format });
    await file.root.createGroup('g');
    await file.root.createDataset('x', { data: [1] });
    const attempts: [string, string][] = [
      ['g', 'H5_EXISTS'],
      ['/g/', 'H5_EXISTS'],
      ['missing/g', 'H5_NOT_FOUND'],
      ['x/g', 'H5_WRONG_KIND'],
      ['x/y/g', 'H5_WRONG_KIND'],
      ['', 'H5_BAD_NAME'],
      ['/', 'H5_BAD_NAME'],
      ['.', 'H5_BAD_NAME'],
      ['a\0b', 'H5_BAD_NAME'],
    ];
    for (const [path, code] of attempts) {
      await expect(async () => file.root.createGroup(path), path).rejects.toMatchObject({ code });
      await expect(async () => file.root.createDataset(path, { data: [1] }), path).rejects.toMatchObject({
        code,
      });
      await expect(async () => file.root.createSoftLink(path, 'g'), path).rejects.toMatchObject({ code });
    }
    expect(await file.root.keys()).toEqual(['g', 'x']);
  });

  it('say what is there when it is not what was asked for', async () => {
    const { file } = await mode.open(fixture('types'));
    await expect(async () => file.group('nothing')).rejects.toMatchObject({
      code: 'H5_NOT_FOUND',
      path: '/nothing',
    });
    await expect(async () => file.dataset('named')).rejects.toMatchObject({
      code: 'H5_WRONG_KIND',
      expected: 'dataset',
      found: 'datatype',
    });
    await expect(async () => file.group('x')).rejects.toMatchObject({
      code: 'H5_WRONG_KIND',
      found: 'dataset',
    });
    await expect(async () => file.get('x/below')).rejects.toMatchObject({ code: 'H5_WRONG_KIND' });
    await expect(async () => file.dataset('x', 'float64')).rejects.toMatchObject({
      code: 'H5_WRONG_TYPE',
      expected: 'float64',
      found: 'int32',
    });
  });

  it('open a named datatype, and datasets that use one', async () => {
    const { file } = await mode.open(fixture('types'));
    const named = await file.get('named');
    expect(named).toMatchObject({ kind: 'datatype', path: '/named', datatype: { class: 'float', size: 4 } });
    expect(await named!.attributes.names()).toEqual([]);
  });

  it('follow soft links, and refuse circles and links that lead out of the file', async () => {
    const { file } = await mode.open(fixture('links'));
    expect((await file.dataset('relative')).path).toBe('/relative');
    expect((await (await file.dataset('soft', 'int32')).read()).data).toEqual(Int32Array.of(0, 1, 2, 3));
    expect(await file.get('group/up/group/x')).toBeDefined();
    expect(await file.get('new/soft/x')).toBeDefined();
    expect(await file.get('dangling')).toBeUndefined();
    await expect(async () => file.dataset('dangling')).rejects.toMatchObject({ code: 'H5_NOT_FOUND' });
    await expect(async () => file.get('loop')).rejects.toMatchObject({ code: 'H5_LINK_LOOP' });
    await expect(async () => file.get('new/external')).rejects.toMatchObject({
      code: 'H5_UNSUPPORTED',
      feature: 'external link',
    });
    expect(await (await file.group('new')).link('external')).toEqual({
      kind: 'external',
      name: 'external',
      file: 'earliest.h5',
      target: '/shapes/cube',
    });
  });

  it.each(formats)('hold soft links, also to what comes later (%s)', async (format) => {
    const { file, bytes } = await mode.create({ format });
    await file.root.createGroup('g');
    await file.root.createSoftLink('s', '/g/x');
    await file.root.createSoftLink('g/up', 'x');
    expect(await file.get('s')).toBeUndefined();
    await file.root.createDataset('s2', { data: Int8Array.of(1) });
    await (await file.group('g')).createDataset('x', { data: Int8Array.of(5) });
    await file.close();
    const again = await mode.open(bytes());
    expect((await (await again.file.dataset('s')).read()).data).toEqual(Int8Array.of(5));
    expect((await (await again.file.dataset('g/up')).read()).data).toEqual(Int8Array.of(5));
    expect(await again.file.root.link('s')).toEqual({ kind: 'soft', name: 's', target: '/g/x' });
  });

  it.each(['TREE', 'HEAP', 'SNOD'])(
    'refuse an index whose %s is not where it should be',
    async (signature) => {
      const bytes = fixture('many-links');
      const at = Buffer.from(bytes).indexOf(signature);
      bytes[at]! ^= 1;
      const { file } = await mode.open(bytes);
      await expect(async () => file.root.keys()).rejects.toMatchObject({
        code: 'H5_BAD_SIGNATURE',
        offset: at,
        expected: JSON.stringify(signature),
      });
    },
  );

  it('refuse dense storage by name', async () => {
    const { file } = await mode.open(fixture('dense'));
    await expect(async () => file.root.keys()).rejects.toMatchObject({
      code: 'H5_UNSUPPORTED',
      feature: 'dense link storage',
    });
  });

  it('with thousands of names are listed in a few rounds', async () => {
    const { file, bytes } = await mode.create();
    for (let index = 0; index < 5000; index++) await file.root.createGroup(`name ${(index * 7919) % 5000}`);
    await file.close();
    const again = await mode.open(bytes());
    again.count.rounds = 0;
    const keys = await again.file.root.keys();
    expect(keys.length).toBe(5000);
    expect(keys).toEqual([...keys].sort());
    expect(again.count.rounds).toBeLessThan(8);
    again.count.rounds = 0;
    expect(await again.file.get('name 4711')).toBeDefined();
    expect(again.count.rounds).toBeLessThan(8);
  });

  it('cannot be changed when the file was opened for reading', async () => {
    const { file } = await mode.open(fixture('earliest'));
    const code = { code: 'H5_READ_ONLY' };
    await expect(async () => file.root.createGroup('g')).rejects.toMatchObject(code);
    await expect(async () => file.root.createSoftLink('g', '/')).rejects.toMatchObject(code);
    await expect(async () => file.root.createDataset('d', { data: [1] })).rejects.toMatchObject(code);
    await expect(async () => file.root.attributes.set('a', 1)).rejects.toMatchObject(code);
    await expect(async () => file.root.attributes.delete('a')).rejects.toMatchObject(code);
    await expect(async () => (await file.dataset('/shapes/cube')).write(1)).rejects.toMatchObject(code);
    await file.flush();
  });
});
