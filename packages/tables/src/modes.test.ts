import { memoryDriver, openWith } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import { describe, expect, it } from 'vitest';
import { type ArrayNode, openOver } from './index.js';

describe('openOver', () => {
  it('presents a file over an asynchronous driver by promises', async () => {
    const disk = memoryDriver();
    const handle = await openWith(delayed(disk), { name: 'a.h5', mode: 'w' });
    const file = await openOver<'async', { array: ArrayNode<'async'> }>(handle, {
      mode: 'w',
      title: 'async',
    });
    await file.createArray('/', 'array', [1, 2, 3], 'three');
    const group = await file.createGroup('/', 'group', 'below');
    await group.attrs.set('answer', 42n);
    const array = await file.root.array;
    expect(String(array)).toBe("/array (Array(3,)) 'three'");
    expect(await array.toList()).toEqual([1, 2, 3]);
    expect(await file.getNodeAttr('/group', 'answer')).toBe(42);
    expect(await file.print()).toContain("/group (Group) 'below'");
    await expect(Promise.resolve(file.getNode('/none'))).rejects.toMatchObject({ code: 'TBL_NO_SUCH_NODE' });
    await file.close();
    expect(String(array)).toBe('<closed Array>');

    // The same bytes, over a driver that answers at once.
    using again = openOver<'sync', { array: ArrayNode<'sync'> }>(openWith(disk, { name: 'a.h5', mode: 'r' }));
    expect(again.root.array.toList()).toEqual([1, 2, 3]);
    expect(again.title).toBe('async');
  });

  it('lets a group be awaited though it answers to any name', async () => {
    const handle = await openWith(delayed(memoryDriver()), { name: 'a.h5', mode: 'w' });
    await using file = await openOver(handle, { mode: 'w' });
    expect((await file.root).path).toBe('/');
  });
});
