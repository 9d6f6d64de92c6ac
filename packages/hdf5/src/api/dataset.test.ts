import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import { type DtypeName, openFile } from '../index.js';
import { inBothModes, type TestMode } from './both-modes.fixture.js';
import { fixture } from './fixtures.fixture.js';

const formats = ['earliest', 'v108'] as const;

const examples: readonly [DtypeName, readonly (number | bigint | string)[]][] = [
  ['int8', [-128, 0, 127]],
  ['uint8', [0, 1, 255]],
  ['int16', [-32768, 0, 32767]],
  ['uint16be', [0, 1, 65535]],
  ['int32', [-(2 ** 31), 0, 2 ** 31 - 1]],
  ['uint32be', [0, 1, 2 ** 32 - 1]],
  ['int64', [-(2n ** 63n), 0n, 2n ** 63n - 1n]],
  ['uint64be', [0n, 1n, 2n ** 64n - 1n]],
  ['float16', [0.5, -0, Number.POSITIVE_INFINITY]],
  ['float16be', [65504, 6.103515625e-5, Number.NaN]],
  ['float32', [0.5, -0, Number.NEGATIVE_INFINITY]],
  ['float32be', [1.1754943508222875e-38, Number.NaN, 1]],
  ['float64', [Number.MAX_VALUE, Number.MIN_VALUE, -0]],
  ['float64be', [1.5, Number.NaN, -2.5]],
  ['string', ['', 'grüß', 'three']],
];

inBothModes('datasets', (mode) => {
  it.each(formats)('of every type come back as they were written (%s)', async (format) => {
    const { file, bytes } = await mode.create({ format });
    for (const [type, data] of examples) {
      const dataset = await file.root.createDataset(type, { data: data as never, type });
      expect(dataset).toMatchObject({
        kind: 'dataset',
        path: `/${type}`,
        shape: [3],
        maxShape: [3],
        size: 3,
      });
      await file.root.createDataset(`compact ${type}`, { data: data as never, type, layout: 'compact' });
    }
    await file.close();
    const again = await mode.open(bytes());
    for (const [type, data] of examples) {
      for (const name of [type, `compact ${type}`]) {
        const dataset = await again.file.dataset(name, type);
        expect(dataset.dtype).toBe(type);
        expect(dataset.layout).toBe(name === type ? 'contiguous' : 'compact');
        expect(Array.from((await dataset.read()).data as ArrayLike<unknown>)).toEqual(data);
      }
    }
  });

  it.each(formats)('have scalars, null dataspaces, empty and many dimensions (%s)', async (format) => {
    const { file, bytes } = await mode.create({ format, trackTimes: false });
    const { root } = file;
    await root.createDataset('scalar', { data: 2.5 });
    await root.createDataset('text', { data: 'text' });
    await root.createDataset('null', { shape: null, type: 'int32' });
    await root.createDataset('empty', { shape: [0, 4], type: 'int32' });
    await root.createDataset('empty with data', { data: new Int32Array(0) });
    await root.createDataset('cube', {
      data: Int16Array.from({ length: 24 }, (_, i) => i),
      shape: [2, 3, 4],
    });
    await root.createDataset('deep', { data: [7], shape: new Array(32).fill(1) });
    await root.createDataset('unwritten', { shape: [2, 2], type: 'float32' });
    await root.createDataset('compact, unwritten', { shape: [2, 2], type: 'float32', layout: 'compact' });
    await file.close();
    const again = (await mode.open(bytes())).file;
    const read = async (name: string) => (await again.dataset(name)).read();
    expect(await read('scalar')).toEqual({ data: Float64Array.of(2.5), shape: [], stride: [] });
    expect(await read('text')).toEqual({ data: ['text'], shape: [], stride: [] });
    expect((await again.dataset('null')).shape).toBeNull();
    expect((await again.dataset('null')).maxShape).toBeNull();
    expect((await read('null')).data).toEqual(new Int32Array(0));
    expect(await read('empty')).toEqual({ data: new Int32Array(0), shape: [0, 4], stride: [4, 1] });
    expect((await read('empty with data')).shape).toEqual([0]);
    expect((await read('cube')).data[23]).toBe(23);
    expect(await read('deep')).toMatchObject({ data: Float64Array.of(7), shape: new Array(32).fill(1) });
    expect((await read('unwritten')).data).toEqual(new Float32Array(4));
    expect((await read('compact, unwritten')).data).toEqual(new Float32Array(4));
    expect((await again.dataset('cube')).modified).toBeUndefined();
  });

  it('carry their time of modification', async () => {
    const { file } = await mode.create();
    const { modified } = await file.root.createDataset('x', { data: [1] });
    expect(Math.abs(Date.now() - modified!.getTime())).toBeLessThan(60_000);
  });

  it('are read in parts, into fresh memory or into out', async () => {
    const { file } = await mode.open(fixture('earliest'));
    const cube = await file.dataset('/shapes/cube', 'int16');
    const all = Array.from({ length: 24 }, (_, index) => index);
    expect(Array.from((await cube.read()).data)).toEqual(all);
    expect(await cube.read({ start: [1, 0, 0], count: [1, 3, 4] })).toEqual({
      data: Int16Array.from(all.slice(12)),
      shape: [1, 3, 4],
      stride: [12, 4, 1],
    });
    expect((await cube.read({ start: [0, 1, 1], count: [2, 1, 2] })).data).toEqual(
      Int16Array.of(5, 6, 17, 18),
    );
    expect((await cube.read({ start: [0, 0, 1], stride: [1, 2, 2] })).data).toEqual(
      Int16Array.of(1, 3, 9, 11, 13, 15, 21, 23),
    );
    expect((await cube.read({ count: [0, 0, 0] })).data).toEqual(new Int16Array(0));
    const out = new Int16Array(4);
    expect((await cube.read({ start: [1, 2, 0], count: [1, 1, 4], out })).data).toBe(out);
    expect(out).toEqual(Int16Array.of(20, 21, 22, 23));
    const texts = await file.dataset('/strings/null_padded', 'string');
    const three = ['', '', ''];
    await texts.read({ out: three });
    expect(three).toEqual(['one', 'three', '']);
  });

  it('refuse selections and outs that do not fit', async () => {
    const { file } = await mode.open(fixture('earliest'));
    const cube = await file.dataset('/shapes/cube', 'int16');
    const wrong = { code: 'H5_WRONG_SHAPE' };
    for (const selection of [
      { start: [0, 0] },
      { start: [2, 0, 0], count: [1, 1, 1] },
      { count: [3, 1, 1] },
      { start: [-1, 0, 0] },
      { start: [0.5, 0, 0] },
      { stride: [0, 1, 1] },
      { start: [0, 0, 3], count: [1, 1, 2] },
    ]) {
      await expect(async () => cube.read(selection), JSON.stringify(selection)).rejects.toMatchObject(wrong);
    }
    await expect(async () => cube.read({ out: new Int16Array(3) })).rejects.toMatchObject(wrong);
    await expect(async () => cube.read({ out: new Int32Array(24) as never })).rejects.toMatchObject(wrong);
    await expect(async () => cube.read({ strat: [0, 0, 0] } as never)).rejects.toThrow(
      'did you mean "start"?',
    );
  });

  it.each(formats)('are written in parts and as a whole (%s)', async (format) => {
    const { file, bytes } = await mode.create({ format });
    const shape = [4, 6];
    const model = new Float64Array(24);
    const dataset = await file.root.createDataset('x', { shape, type: 'float64be' });
    const second = await file.dataset('x', 'float64');
    const compact = await file.root.createDataset('c', { shape, type: 'float64', layout: 'compact' });
    const both = async (value: number | number[], selection = {}) => {
      await dataset.write(value, selection);
      await compact.write(value, selection);
    };
    await both(7, { start: [1, 1], count: [2, 3] });
    for (const index of [7, 8, 9, 13, 14, 15]) model[index] = 7;
    // Another handle of the same dataset sees the storage it has now.
    expect((await second.read()).data).toEqual(model);
    await second.write([1, 2, 3], { start: [0, 0], count: [1, 3], stride: [1, 2] });
    await compact.write([1, 2, 3], { start: [0, 0], count: [1, 3], stride: [1, 2] });
    model.set([1, 0, 2, 0, 3]);
    await both([9], { start: [3, 5] });
    model[23] = 9;
    expect((await dataset.read()).data).toEqual(model);
    await file.close();
    const again = (await mode.open(bytes(), { mode: 'r+' })).file;
    expect((await (await again.dataset('x', 'float64')).read()).data).toEqual(model);
    expect((await (await again.dataset('c', 'float64')).read()).data).toEqual(model);
    await (await again.dataset('x')).write(Array.from(model, (value) => value + 1));
    expect((await (await again.dataset('x', 'float64')).read()).data).toEqual(
      model.map((value) => value + 1),
    );
  });

  it('refuse values that do not fit, and write none of them', async () => {
    const { file } = await mode.create();
    const dataset = await file.root.createDataset('x', { data: Int8Array.of(1, 2, 3) });
    const texts = await file.root.createDataset('t', { data: ['ab', 'c'] });
    await expect(async () => dataset.write([1, 2])).rejects.toMatchObject({ code: 'H5_WRONG_SHAPE' });
    await expect(async () => dataset.write([4, 5, 1000])).rejects.toMatchObject({ code: 'H5_WRONG_TYPE' });
    await expect(async () => dataset.write('text')).rejects.toMatchObject({ code: 'H5_WRONG_TYPE' });
    await expect(async () => texts.write(['d', 'too long'])).rejects.toMatchObject({ code: 'H5_WRONG_TYPE' });
    await expect(async () => dataset.write({ length: 3 } as never)).rejects.toThrow(TypeError);
    expect((await dataset.read()).data).toEqual(Int8Array.of(1, 2, 3));
    expect((await texts.read()).data).toEqual(['ab', 'c']);
    const { root } = file;
    const create = (options: object) => async () => root.createDataset('new', options);
    await expect(create({ data: [1, 2], shape: [3] })).rejects.toMatchObject({ code: 'H5_WRONG_SHAPE' });
    await expect(create({ data: [1], shape: [-1] })).rejects.toMatchObject({ code: 'H5_WRONG_SHAPE' });
    await expect(create({ data: [300], type: 'uint8' })).rejects.toMatchObject({ code: 'H5_WRONG_TYPE' });
    await expect(create({ data: new Uint8Array(70_000), layout: 'compact' })).rejects.toMatchObject({
      code: 'H5_LIMIT',
    });
    await expect(create({ data: [1], layout: 'chunked' })).rejects.toThrow(RangeError);
    await expect(create({ data: [1], shpae: [1] })).rejects.toThrow('did you mean "shape"?');
    await expect(create({ shape: [1] })).rejects.toThrow(TypeError);
    await expect(create({ type: 'int8' })).rejects.toThrow(TypeError);
    const opaque = { class: 'opaque', size: 4, tag: '' };
    await expect(create({ shape: [1], type: opaque })).rejects.toMatchObject({ code: 'H5_UNSUPPORTED' });
    expect(await root.keys()).toEqual(['t', 'x']);
  });

  it('show their values without a copy where that is possible', async () => {
    const { file } = await mode.create();
    const dataset = await file.root.createDataset('x', {
      data: Float64Array.of(1, 2, 3, 4, 5, 6),
      shape: [2, 3],
    });
    {
      using view = dataset.view();
      expect(view).toMatchObject({ shape: [2, 3], stride: [3, 1] });
      expect(view.data).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
      await dataset.write(9, { start: [1, 0], count: [1, 1] });
      expect(view.data[3]).toBe(9);
    }
    const row = dataset.view({ start: [1, 0], count: [1, 3] });
    expect(row.data).toEqual(Float64Array.of(9, 5, 6));
    row.release();
    expect(() => row.data).toThrow(expect.objectContaining({ code: 'IO_LEASE_ENDED' }));
    const refused = { code: 'H5_NO_VIEW' };
    const unwritten = await file.root.createDataset('u', { shape: [2], type: 'int8' });
    const big = await file.root.createDataset('b', { data: [1, 2], type: 'int32be' });
    const text = await file.root.createDataset('t', { data: ['a'] });
    const compact = await file.root.createDataset('c', { data: [1], layout: 'compact' });
    for (const node of [unwritten, big, text, compact]) {
      expect(() => node.view(), node.path).toThrow(expect.objectContaining(refused));
    }
    expect(() => dataset.view({ count: [2, 2] })).toThrow(expect.objectContaining(refused));
    expect(() => dataset.view({ start: [5, 0] })).toThrow(
      expect.objectContaining({ code: 'H5_WRONG_SHAPE' }),
    );
    await file.close();
    expect(() => dataset.view()).toThrow(expect.objectContaining({ code: 'H5_CLOSED' }));
  });

  it('whose storage is smaller than they need are not read, and never written over', async () => {
    const { bytes, cube } = await shrunken(mode);
    const { file } = await mode.open(bytes, { mode: 'r+' });
    const dataset = await file.dataset(cube);
    await expect(async () => dataset.read()).rejects.toMatchObject({ code: 'H5_TRUNCATED' });
    await expect(async () => dataset.write(1)).rejects.toMatchObject({ code: 'H5_TRUNCATED' });
    expect(() => dataset.view()).toThrow(expect.objectContaining({ code: 'H5_TRUNCATED' }));
  });

  it('too large for memory are refused before memory is taken', async () => {
    const { file } = await mode.create();
    const huge = await file.root.createDataset('huge', { shape: [2 ** 40], type: 'float64' });
    await expect(async () => huge.read()).rejects.toMatchObject({ code: 'H5_LIMIT' });
    const texts = { class: 'string', size: 1, padding: 'null-pad', charset: 'ascii' } as const;
    const many = await file.root.createDataset('many', { shape: [2 ** 29], type: texts });
    await expect(async () => many.read()).rejects.toMatchObject({ code: 'H5_LIMIT' });
    expect((await huge.read({ start: [2 ** 39], count: [2] })).data).toEqual(new Float64Array(2));
  });

  it('chunked ones say how, and are refused by name', async () => {
    const { file } = await mode.open(fixture('chunked'), { mode: 'r+' });
    const dataset = await file.dataset('deflate');
    expect(dataset).toMatchObject({ layout: 'chunked', shape: [6, 10] });
    expect(dataset.chunkShape?.length).toBe(2);
    expect(dataset.filters[0]).toMatchObject({ id: 1 });
    await expect(async () => dataset.read()).rejects.toMatchObject({
      code: 'H5_UNSUPPORTED',
      feature: 'chunked layout',
    });
    await expect(async () => dataset.write(1)).rejects.toMatchObject({
      code: 'H5_EDIT_UNSUPPORTED',
      feature: 'chunked layout',
    });
  });
});

/** A file whose dataset claims 24 elements and has room for 23. */
async function shrunken(mode: TestMode): Promise<{ bytes: Uint8Array; cube: string }> {
  const { file, bytes } = await mode.create();
  await file.root.createDataset('cube', { data: new Int16Array(24) });
  await file.close();
  const image = bytes();
  // The layout message: version 3, contiguous, address, 48 bytes.
  const at = image.findIndex(
    (_, index) => image[index] === 3 && image[index + 1] === 1 && image[index + 10] === 48,
  );
  image[at + 10] = 46;
  openFile(openWith(memoryDriver({ a: image }), { name: 'a' })).close();
  return { bytes: image, cube: 'cube' };
}
