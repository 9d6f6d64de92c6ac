import { expect, it } from 'vitest';
import { inBothModes } from './both-modes.fixture.js';
import { fixture } from './fixtures.fixture.js';

const formats = ['earliest', 'v108'] as const;

inBothModes('attributes', (mode) => {
  it.each(formats)('of every kind are set, read back, replaced and deleted (%s)', async (format) => {
    const { file, bytes } = await mode.create({ format });
    const { attributes } = file.root;
    await attributes.set('text', 'grüß');
    await attributes.set('empty text', '');
    await attributes.set('number', 1.5);
    await attributes.set('bigint', -5n);
    await attributes.set('typed', Int16Array.of(1, -2, 3));
    await attributes.set('texts', ['a', 'bcd']);
    await attributes.set('matrix', Float32Array.of(1, 2, 3, 4), { shape: [2, 2] });
    await attributes.set('big', [1, 2], { type: 'int32be' });
    await attributes.set('half', 0.5, { type: 'float16' });
    await attributes.set('null', 0, { shape: null });
    await attributes.set('number', 2.5);
    await attributes.set('text', 'a text that is much longer than the one before');
    expect(await attributes.delete('bigint')).toBe(true);
    expect(await attributes.delete('bigint')).toBe(false);
    await file.close();
    const again = (await mode.open(bytes())).file.root.attributes;
    expect(Object.fromEntries(await again.values())).toEqual({
      text: 'a text that is much longer than the one before',
      'empty text': '',
      number: 2.5,
      typed: Int16Array.of(1, -2, 3),
      texts: ['a', 'bcd'],
      matrix: Float32Array.of(1, 2, 3, 4),
      big: Int32Array.of(1, 2),
      half: 0.5,
      null: null,
    });
    expect(await again.value('number')).toBe(2.5);
    expect(await again.value('null')).toBeNull();
    expect(await again.value('nothing')).toBeUndefined();
    expect(await again.get('nothing')).toBeUndefined();
    expect([...(await again.values(['half', 'nothing'])).keys()]).toEqual(['half']);
    const matrix = (await again.get('matrix'))!;
    expect(matrix).toMatchObject({ name: 'matrix', shape: [2, 2], datatype: { class: 'float', size: 4 } });
    expect(await matrix.read()).toEqual({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2], stride: [2, 1] });
  });

  it.each(formats)('stay as they were looked up when others change (%s)', async (format) => {
    const { file } = await mode.create({ format });
    const { attributes } = file.root;
    await attributes.set('a', 'first');
    const looked = (await attributes.get('a'))!;
    await attributes.set('b', Float64Array.of(1, 2, 3));
    await attributes.set('a', 'other');
    await attributes.delete('b');
    expect((await looked.read()).data).toEqual(['first']);
    expect(await attributes.value('a')).toBe('other');
  });

  it.each(formats)('by the hundred are spread over continuations (%s)', async (format) => {
    const { file, bytes } = await mode.create({ format });
    const dataset = await file.root.createDataset('x', { data: Float64Array.of(1, 2, 3), layout: 'compact' });
    const expected: Record<string, string> = {};
    for (let index = 0; index < 300; index++) {
      const name = `attribute ${index}`;
      expected[name] = 'v'.repeat((index * 37) % 400);
      await dataset.attributes.set(name, expected[name]!);
      if (index % 50 === 0) await file.flush();
    }
    for (let index = 0; index < 300; index += 3) {
      const name = `attribute ${index}`;
      expected[name] = 'w'.repeat((index * 91) % 700);
      await dataset.attributes.set(name, expected[name]!);
    }
    expect(Object.fromEntries(await dataset.attributes.values())).toEqual(expected);
    expect((await dataset.read()).data).toEqual(Float64Array.of(1, 2, 3));
    await file.close();
    const again = (await mode.open(bytes())).file;
    const { attributes } = await again.dataset('x');
    expect(Object.fromEntries(await attributes.values())).toEqual(expected);
  });

  it('refuse names and values that cannot be', async () => {
    const { file } = await mode.create();
    const { attributes } = file.root;
    const set =
      (...args: Parameters<typeof attributes.set>) =>
      async () =>
        attributes.set(...args);
    await expect(set('', 1)).rejects.toMatchObject({ code: 'H5_BAD_NAME' });
    await expect(set('a\0', 1)).rejects.toMatchObject({ code: 'H5_BAD_NAME' });
    await expect(set('a', new Float64Array(9000))).rejects.toMatchObject({ code: 'H5_LIMIT' });
    await expect(set('n'.repeat(200_000), 1)).rejects.toMatchObject({ code: 'H5_LIMIT' });
    await expect(set('a', [1, 2], { shape: [3] })).rejects.toMatchObject({ code: 'H5_WRONG_SHAPE' });
    await expect(set('a', [1, 'b'] as never)).rejects.toMatchObject({ code: 'H5_WRONG_TYPE' });
    await expect(set('a', ['b', 1] as never)).rejects.toMatchObject({ code: 'H5_WRONG_TYPE' });
    await expect(set('a', 1.5, { type: 'int8' })).rejects.toMatchObject({ code: 'H5_WRONG_TYPE' });
    await expect(set('a', 200, { type: 'int8' })).rejects.toMatchObject({ code: 'H5_WRONG_TYPE' });
    await expect(set('a', 1, { type: 'flaot64' as never })).rejects.toMatchObject({
      hint: 'did you mean "float64"?',
    });
    await expect(set('a', 1, { shap: [1] } as never)).rejects.toThrow('did you mean "shape"?');
    await expect(set('a', { b: 1 } as never)).rejects.toThrow(TypeError);
    expect(await attributes.names()).toEqual([]);
  });

  it('in a fractal heap are refused by name', async () => {
    const { file } = await mode.open(fixture('dense'));
    await expect(async () => file.get('group_00')).rejects.toMatchObject({ code: 'H5_UNSUPPORTED' });
    expect(await file.root.attributes.names()).toEqual([]);
  });
});
