import { expect, it } from 'vitest';
import { createFile, openFile } from '../index.js';
import { inBothModes } from './both-modes.fixture.js';
import { fixture } from './fixtures.fixture.js';

const formats = ['earliest', 'v108'] as const;

inBothModes('files', (mode) => {
  it.each(formats)('are created, flushed, edited and imaged (%s)', async (format) => {
    const { file, bytes } = await mode.create({ format, userBlock: 1024 });
    expect(file.mode).toBe(mode.mode);
    expect(file.info).toMatchObject({
      superblock: format === 'earliest' ? 0 : 2,
      userBlock: 1024,
      writable: true,
    });
    expect(bytes().length).toBe(0);
    await file.root.createDataset('x', { data: Int32Array.of(1, 2, 3) });
    await file.flush();
    const flushed = bytes();
    expect(flushed.length).toBe(1024 + file.info.end);
    expect(flushed.subarray(0, 1024).every((byte) => byte === 0)).toBe(true);
    await file.flush();
    expect(bytes()).toEqual(flushed);
    await file.root.attributes.set('a', 'b');
    const image = await file.image();
    expect(image.length).toBe(file.info.end);
    await file.close();
    for (const source of [image, bytes()]) {
      const again = (await mode.open(source, { mode: 'r+' })).file;
      expect(again.info.userBlock).toBe(source === image ? 0 : 1024);
      expect((await (await again.dataset('x')).read()).data).toEqual(Int32Array.of(1, 2, 3));
      expect(await again.root.attributes.value('a')).toBe('b');
      await (await again.dataset('x')).write([4, 5, 6]);
      await again.root.createGroup('g');
      const edited = (await mode.open(await again.image())).file;
      expect(await edited.root.keys()).toEqual(['g', 'x']);
      expect((await (await edited.dataset('x')).read()).data).toEqual(Int32Array.of(4, 5, 6));
      await again.close();
    }
  });

  it('read only give an image that equals the file', async () => {
    const { file } = await mode.open(fixture('earliest'));
    expect(await file.image()).toEqual(fixture('earliest'));
    await file.close();
  });

  it('refuse everything once closed, and close again for free', async () => {
    const { file, handle } = await mode.open(fixture('earliest'), { mode: 'r+' });
    const dataset = await file.dataset('/shapes/cube');
    const attribute = (await dataset.attributes.get('unit'))!;
    expect(file.closed).toBe(false);
    await Promise.all([file.close(), file.close()]);
    expect(file.closed).toBe(true);
    await file.close();
    expect(handle.closed).toBe(true);
    const closed = { code: 'H5_CLOSED', target: 'a.h5' };
    const uses: (() => unknown)[] = [
      () => file.get('/'),
      () => file.group('/'),
      () => file.root.keys(),
      () => file.root.links(),
      () => file.root.createGroup('g'),
      () => file.root.createDataset('d', { data: [1] }),
      () => file.root.attributes.names(),
      () => file.root.attributes.set('a', 1),
      () => dataset.read(),
      () => dataset.write(1),
      () => attribute.read(),
      () => file.flush(),
      () => file.image(),
    ];
    for (const use of uses) await expect(async () => use(), String(use)).rejects.toMatchObject(closed);
    // What was read once can still be looked at.
    expect(dataset.shape).toEqual([2, 3, 4]);
  });

  it('are disposed of', async () => {
    const { file, bytes } = await mode.create();
    {
      await using used = file;
      await used.root.createGroup('g');
    }
    expect(file.closed).toBe(true);
    expect(bytes().length).toBeGreaterThan(0);
    const other = (await mode.create()).file;
    if (mode.mode === 'sync') other[Symbol.dispose]();
    else expect(() => other[Symbol.dispose]()).toThrow(TypeError);
    expect(other.closed).toBe(mode.mode === 'sync');
  });

  it('are not created on what cannot be written, nor with options that are none', async () => {
    const { handle } = await mode.handle(fixture('earliest'), 'r');
    await expect(async () => createFile(handle)).rejects.toMatchObject({ code: 'H5_READ_ONLY' });
    const { handle: writable } = await mode.handle(undefined, 'w');
    const create = (options: object) => async () => createFile(writable, options);
    await expect(create({ userBlock: 100 })).rejects.toThrow(RangeError);
    await expect(create({ userBlock: 768 })).rejects.toThrow(RangeError);
    await expect(create({ format: 'latest' })).rejects.toThrow(RangeError);
    await expect(create({ userblock: 512 })).rejects.toThrow('did you mean "userBlock"?');
  });

  it('that cannot be flushed stay open, keep their changes, and can be closed later', async () => {
    const { handle, bytes } = await mode.handle(fixture('earliest'), 'r+');
    let broken = false;
    const failing = new Proxy(handle, {
      get(target, key) {
        const value = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        if (key !== 'write') return value.bind(target);
        return (...args: unknown[]) => {
          if (!broken) return value.apply(target, args);
          if (mode.mode === 'async') return Promise.reject(new Error('the disk is full'));
          throw new Error('the disk is full');
        };
      },
    });
    const file = await openFile(failing, { mode: 'r+' });
    await file.root.createGroup('new');
    broken = true;
    await expect(async () => file.close()).rejects.toThrow('the disk is full');
    await expect(async () => file.root.createDataset('d', { data: [1, 2] })).rejects.toThrow(
      'the disk is full',
    );
    expect(file.closed).toBe(false);
    broken = false;
    expect(await file.root.keys()).not.toContain('d');
    await file.root.createDataset('d', { data: [1, 2] });
    await file.close();
    const again = (await mode.open(bytes())).file;
    expect(await again.root.keys()).toEqual(expect.arrayContaining(['d', 'new', 'shapes']));
    expect((await (await again.dataset('d')).read()).data).toEqual(Float64Array.of(1, 2));
  });
});
