import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import { openFile } from '../index.js';
import { inBothModes } from './both-modes.fixture.js';
import { fixture } from './fixtures.fixture.js';

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const random = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919 + 31) % 251);

inBothModes('opening', (mode) => {
  it.each([
    ['zeros', new Uint8Array(4096), 'H5_NOT_HDF5'],
    ['no bytes', new Uint8Array(0), 'H5_NOT_HDF5'],
    ['random bytes', random, 'H5_NOT_HDF5'],
    ['a few bytes', new Uint8Array(3), 'H5_NOT_HDF5'],
    ['the signature alone', Uint8Array.from(signature), 'H5_TRUNCATED'],
    [
      'the signature and zeros',
      Uint8Array.from({ length: 2048 }, (_, i) => signature[i] ?? 0),
      'H5_BAD_VALUE',
    ],
    ['a file cut at 600 bytes', fixture('earliest').slice(0, 600), 'H5_TRUNCATED'],
    ['a newer file cut at 600 bytes', fixture('v108').slice(0, 600), 'H5_TRUNCATED'],
    ['a file cut by one byte', fixture('v108').slice(0, -1), 'H5_TRUNCATED'],
  ])('refuses %s', async (_, bytes, code) => {
    const { handle } = await mode.handle(bytes);
    await expect(async () => openFile(handle)).rejects.toMatchObject({ code });
    // The handle is not the file's yet: it stays open for whoever opened it.
    expect(await handle.size()).toBe(bytes.length);
    await handle.close();
  });

  it('says what stands where the signature should', async () => {
    const { handle } = await mode.handle(random);
    await expect(async () => openFile(handle)).rejects.toMatchObject({
      target: 'a.h5',
      offset: 0,
      found: [...random.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
    });
    const empty = await mode.handle(new Uint8Array());
    await expect(async () => openFile(empty.handle)).rejects.toThrow('empty');
  });

  it('refuses a version 2 superblock whose checksum does not match', async () => {
    const bytes = fixture('v108');
    bytes[20]! ^= 1;
    await expect(mode.open(bytes)).rejects.toMatchObject({ code: 'H5_CHECKSUM', structure: 'superblock' });
  });

  it('refuses offsets wider than 8 bytes by name', async () => {
    const bytes = fixture('earliest');
    bytes[13] = 16;
    await expect(mode.open(bytes)).rejects.toMatchObject({
      code: 'H5_UNSUPPORTED',
      feature: 'offsets of 16 bytes',
    });
  });

  it('refuses a root that is no object header', async () => {
    const bytes = fixture('earliest');
    bytes[64] = 8; // the root group's object header address, now in the middle of the superblock
    const { file } = await mode.open(bytes);
    await expect(async () => file.root.keys()).rejects.toMatchObject({ code: 'H5_BAD_VALUE' });
  });

  it('refuses to write where the driver does not, and where the format is not known well enough', async () => {
    const { handle } = await mode.handle(fixture('earliest'), 'r');
    await expect(async () => openFile(handle, { mode: 'r+' })).rejects.toMatchObject({
      code: 'H5_READ_ONLY',
    });
    await expect(mode.open(fixture('latest'), { mode: 'r+' })).rejects.toMatchObject({
      code: 'H5_EDIT_UNSUPPORTED',
      feature: 'superblock version 3',
    });
  });

  it('refuses a file that somebody writes, unless told not to mind', async () => {
    const bytes = marked(fixture('latest'));
    await expect(mode.open(bytes)).rejects.toMatchObject({ code: 'H5_IN_USE', retry: 'maybe' });
    const { file } = await mode.open(bytes, { ignoreWriteMark: true });
    expect(await file.root.keys()).toContain('shapes');
  });

  it('refuses unknown options and values', async () => {
    const { handle } = await mode.handle(fixture('earliest'));
    await expect(async () => openFile(handle, { cacheByte: 1 } as never)).rejects.toThrow(
      'did you mean "cacheBytes"?',
    );
    await expect(async () => openFile(handle, { mode: 'w' as never })).rejects.toThrow(RangeError);
  });

  it('reads a file behind a user block, also one that was put before a finished file', async () => {
    const { file } = await mode.open(fixture('userblock'));
    expect(file.info).toMatchObject({ superblock: 0, userBlock: 512, writable: false });
    const prefixed = new Uint8Array(2048 + fixture('earliest').length);
    prefixed.set(fixture('earliest'), 2048);
    const second = await mode.open(prefixed);
    expect(second.file.info.userBlock).toBe(2048);
    const { data } = await (await second.file.dataset('/shapes/cube', 'int16')).read();
    expect(data[23]).toBe(23);
  });

  it('keeps to a small cache', async () => {
    const { file } = await mode.open(fixture('many-links'), { cacheBytes: 4096 });
    const keys = await file.root.keys();
    expect(await file.root.keys()).toEqual(keys);
  });
});

/** A version 3 superblock with the mark that a writer has it open. */
function marked(bytes: Uint8Array): Uint8Array {
  const block = bytes.slice();
  block[11] = 1;
  new DataView(block.buffer).setUint32(44, checksum(block.subarray(0, 44)), true);
  return block;
}

/** Found by trying: the error says which checksum it wants. */
function checksum(bytes: Uint8Array): number {
  const image = new Uint8Array(48);
  image.set(bytes);
  try {
    openFile(openWith(memoryDriver({ a: image }), { name: 'a' }));
  } catch (error) {
    return Number((error as { found: string }).found);
  }
  throw new Error('the checksum cannot be 0');
}
