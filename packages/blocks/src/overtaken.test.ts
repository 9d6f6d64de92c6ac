import { deriveFile, MemoryFile, MemoryStore } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import { BlockStorage, type CreateOptions, WordSlot } from './index.js';

const code = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};

/** With views, and without, when the records are read instead of looked at. */
function readerOf(disk: MemoryStore, views: boolean): BlockStorage<'sync'> {
  const file = new MemoryFile(disk, 'file', false);
  return BlockStorage.open(views ? file : deriveFile(file, { manifest: { capabilities: { lock: true } } }));
}

function made(disk: MemoryStore, options?: CreateOptions) {
  const writer = BlockStorage.create(new MemoryFile(disk, 'file', true), options);
  const id = writer.transaction(() => {
    const block = writer.allocate(100);
    writer.write(block, new Uint8Array(100).fill(1));
    return block;
  });
  return { writer, id };
}

describe.each([true, false])('a reader that a writer has overtaken (views: %s)', (views) => {
  it('is told with every way to read', () => {
    const disk = new MemoryStore();
    const { writer, id } = made(disk);
    const reader = readerOf(disk, views);
    reader.begin();
    const target = new Uint8Array(100);
    for (let ahead = 0; ahead < 4; ahead++) {
      const expected = ahead < 2 ? undefined : 'BLK_OVERTAKEN';
      expect(reader.isCurrent()).toBe(ahead < 2);
      expect(code(() => reader.readInto(id, target))).toBe(expected);
      expect(code(() => reader.view(id))).toBe(expected);
      if (ahead < 2) {
        expect(target).toEqual(new Uint8Array(100).fill(1));
        expect(reader.view(id)?.bytes).toEqual(views ? target : undefined);
      }
      writer.transaction(() => writer.write(id, new Uint8Array(100).fill(2 + ahead)));
    }
    reader.end();
    reader.begin();
    expect(reader.read(id)[0]).toBe(5);
    expect(writer.isCurrent()).toBe(true);
  });

  it('is told when the file was made anew', () => {
    const disk = new MemoryStore();
    const { writer, id } = made(disk);
    for (let commit = 0; commit < 4; commit++) writer.transaction(() => writer.allocate(1));
    const reader = readerOf(disk, views);
    reader.begin();
    expect(reader.read(id)[99]).toBe(1);
    const { sequence } = writer;
    // Numbers from the beginning: less than what is shown.
    made(disk);
    expect(code(() => reader.read(id))).toBe('BLK_OVERTAKEN');
    expect(reader.isCurrent()).toBe(false);
    // Numbers that go on: more than what is shown, however few commits there were.
    const { writer: second } = made(disk, { after: sequence + 2 });
    expect(second.sequence).toBe(sequence + 4);
    expect(code(() => reader.read(id))).toBe('BLK_OVERTAKEN');
    expect(second.verify()).toEqual([]);
    reader.end();
    reader.begin();
    expect(reader.sequence).toBe(sequence + 4);
    expect(() => BlockStorage.create(new MemoryFile(disk, 'file', true), { after: -1 })).toThrow(RangeError);
  });

  it('is told when a word was first written after the state that it reads', () => {
    const disk = new MemoryStore();
    const writer = BlockStorage.create(new MemoryFile(disk, 'file', true), { offset: 64 });
    const file = new MemoryFile(disk, 'file', false);
    const given = views ? file : deriveFile(file, { manifest: { capabilities: { lock: true } } });
    const reader = BlockStorage.open(given, { offset: 64 });
    const slot = WordSlot.at(8);
    reader.begin();
    expect(reader.readSlot(slot)).toBe(0);
    writer.transaction(() => writer.writeSlot(slot, 7));
    expect(code(() => reader.readSlot(slot))).toBe('BLK_OVERTAKEN');
    reader.end();
    reader.begin();
    writer.transaction(() => writer.writeSlot(slot, 8));
    // This state has the word of its own.
    expect(reader.readSlot(slot)).toBe(7);
  });
});
