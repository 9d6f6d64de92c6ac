import { MemoryFile, MemoryStore } from '@terrane/driver';
import { makeRandom } from '@terrane/driver-kit';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord, slots } from './commit-record.js';
import { BlockIndex, BlockStorage, WordSlot } from './index.js';
import { type Change, type Image, losses, Recording } from './recording.fixture.js';

const offset = 64;
/** Commits with one flush and with two. */
const flushes = { one: 1 << 20, two: 0 };
const slot = WordSlot.at(40);
const index = {
  order: { keyOf: (value: number) => value, compare: (key: number, value: number) => key - value },
  format: {
    bytes: 500,
    read: (view: DataView, at: number) => view.getUint32(at, true),
    write: (view: DataView, at: number, value: number) => view.setUint32(at, value, true),
  },
  root: slot,
};

/** All that a user can see: block contents by id, and the index's values. */
function contentOf(storage: BlockStorage<'sync'>): string {
  const blocks = storage.blocks().filter(({ kind }) => kind === 'block');
  const lines = blocks.map(({ id }) => `${id}:${Buffer.from(storage.read(id)).toString('latin1')}`).sort();
  const values = [...BlockIndex.open(storage, index).values()];
  return JSON.stringify([lines, values]);
}

/** A few hundred changes in `commits` transactions over a recording file, and what was committed after each. */
function work(recording: Recording, commits: number, seed: number, oneFlushBytes: number): string[] {
  const random = makeRandom(seed);
  const storage = BlockStorage.open(recording.file, { offset, oneFlushBytes });
  const states = [contentOf(storage)];
  const tree = BlockIndex.open(storage, index);
  const ids: number[] = [];
  for (let commit = 1; commit <= commits; commit++) {
    storage.beginWrite();
    for (let change = 0; change < 6; change++) {
      const what = random.below(5);
      const which = ids.length > 0 ? ids[random.below(ids.length)]! : 0;
      if (what < 2 || which === 0) {
        const size = 1 + random.below(300);
        const id = storage.allocate(size);
        storage.write(id, new Uint8Array(size).fill(random.below(256)));
        ids.push(id);
      } else if (what === 2) {
        storage.free(which);
        ids.splice(ids.indexOf(which), 1);
      } else if (what === 3) {
        storage.write(which, new Uint8Array([random.below(256)]), random.below(storage.sizeOf(which)));
      } else {
        storage.resize(which, 1 + random.below(300));
      }
      const value = random.below(60);
      if (tree.find(value) === undefined) tree.upsert(value);
      else tree.deleteKey(value);
    }
    if (commit === commits - 1) storage.compact();
    storage.end();
    recording.commits++;
    states.push(contentOf(storage));
  }
  return states;
}

function recorded(
  commits: number,
  seed: number,
  oneFlushBytes: number,
): { start: Uint8Array; recording: Recording; states: string[] } {
  const made = new Recording();
  const storage = BlockStorage.create(made.file, { offset });
  storage.transaction(() => BlockIndex.create(storage, index));
  const start = made.store.bytes.slice();
  const recording = new Recording(start);
  return { start, recording, states: work(recording, commits, seed, oneFlushBytes) };
}

/** What is wrong with an image, or nothing: it must open, be whole, and hold a state that it may hold. */
function faultOf({ bytes, commits, what }: Image, states: readonly string[]): string | undefined {
  const store = new MemoryStore(bytes);
  try {
    const storage = BlockStorage.open(new MemoryFile(store, 'image', true), { offset });
    const problems = storage.verify().filter(({ harmless }) => !harmless);
    if (problems.length > 0) return `${what}: ${problems[0]!.message}`;
    const found = contentOf(storage);
    // Compaction commits several times on the way, without a change that can be seen.
    const allowed = [states[commits], states[commits + 1]];
    if (!allowed.includes(found)) return `${what}, commit ${commits}: another state`;
    storage.transaction(() => storage.write(storage.allocate(5000), new Uint8Array(5000)));
    problems.push(...storage.verify());
    if (problems.length > 0) return `${what}, written again: ${problems[0]!.message}`;
  } catch (error) {
    return `${what}: ${error}`;
  }
  return undefined;
}

function hasFault(
  start: Uint8Array,
  changes: readonly Change[],
  states: readonly string[],
  alter = (bytes: Uint8Array) => bytes,
): boolean {
  for (const image of losses(start, changes, 4, 5)) {
    if (faultOf({ ...image, bytes: alter(image.bytes) }, states) !== undefined) return true;
  }
  return false;
}

/** The records as those are that need no look at what was written. */
function trusting(bytes: Uint8Array): Uint8Array {
  const image = bytes.slice();
  for (const { at, length } of slots) {
    const record = decodeRecord(image.subarray(offset + at, offset + at + length), offset);
    if (record) image.set(encodeRecord({ ...record, ranges: [] }), offset + at);
  }
  return image;
}

describe('a loss of power', () => {
  // 9000: some commits are small enough for one flush, and others are not.
  it.each([
    [1, flushes.one],
    [2, flushes.one],
    [3, flushes.two],
    [4, 9000],
  ])(
    'leaves the state of the last commit or of the one under way (%i, one flush up to %i bytes)',
    (seed, oneFlushBytes) => {
      const { start, recording, states } = recorded(9, seed, oneFlushBytes);
      let images = 0;
      for (const image of losses(start, recording.changes, 2, seed)) {
        expect(faultOf(image, states)).toBeUndefined();
        images++;
      }
      expect(images).toBeGreaterThan(300);
    },
  );

  it('is survived because of the flushes: without either of the two it is not', () => {
    const { start, recording, states } = recorded(9, 4, flushes.two);
    for (const parity of [0, 1]) {
      let seen = 0;
      const fewer = recording.changes.filter(
        (change: Change) => !('flush' in change) || seen++ % 2 === parity,
      );
      expect(hasFault(start, fewer, states)).toBe(true);
    }
  });

  it('is survived because of the one flush, and because what it covers is looked at', () => {
    const { start, recording, states } = recorded(9, 4, flushes.one);
    const { changes } = recording;
    expect(
      hasFault(
        start,
        changes.filter((change: Change) => !('flush' in change)),
        states,
      ),
    ).toBe(true);
    expect(hasFault(start, changes, states, trusting)).toBe(true);
    const count = (both: number) =>
      recorded(9, 4, both).recording.changes.filter((one) => 'flush' in one).length;
    expect(count(flushes.one)).toBeLessThan(0.6 * count(flushes.two));
  });

  it('and another one after the first leave a state, too', () => {
    const { start, recording } = recorded(6, 6, flushes.one);
    let fallbacks = 0;
    for (const { bytes } of losses(start, recording.changes, 2, 8)) {
      const image = trusting(bytes);
      const differs = BlockStorage.open(new MemoryFile(new MemoryStore(image), 'image', false), { offset });
      const found = BlockStorage.open(new MemoryFile(new MemoryStore(bytes), 'image', false), { offset });
      // Only those whose newest record did not count.
      if (differs.sequence === found.sequence || fallbacks++ % 6 > 0) continue;
      const second = new Recording(bytes);
      const states = work(second, 3, fallbacks, flushes.one);
      for (const again of losses(bytes, second.changes, 1, 9)) expect(faultOf(again, states)).toBeUndefined();
    }
    expect(fallbacks).toBeGreaterThan(20);
  });

  it('during creation leaves a storage or none', () => {
    const recording = new Recording();
    BlockStorage.create(recording.file, { offset });
    for (const { bytes } of losses(new Uint8Array(0), recording.changes, 50, 6)) {
      const file = new MemoryFile(new MemoryStore(bytes), 'image', true);
      let code: string | undefined;
      let problems: unknown[] = [];
      try {
        problems = BlockStorage.open(file, { offset })
          .verify()
          .filter(({ harmless }) => !harmless);
      } catch (error) {
        code = (error as { code?: string }).code ?? String(error);
      }
      expect(problems).toEqual([]);
      expect([undefined, 'BLK_NOT_A_STORAGE', 'BLK_DAMAGED']).toContain(code);
    }
  });
});

describe('a reader beside a writer', () => {
  it('sees the state it began with, or is told that it is gone', () => {
    const disk = new MemoryStore();
    const writer = BlockStorage.create(new MemoryFile(disk, 'file', true));
    const ids = writer.transaction(() => Array.from({ length: 40 }, () => writer.allocate(3000)));
    const fill = (value: number) =>
      ids.forEach((id) => void writer.write(id, new Uint8Array(3000).fill(value)));
    writer.transaction(() => fill(1));
    const reader = BlockStorage.open(new MemoryFile(disk, 'file', false), { cachedNodes: 8 });
    let overtaken = 0;
    for (let round = 1; round < 200; round++) {
      reader.begin();
      const ahead = round % 4;
      for (let commit = 0; commit < ahead; commit++) {
        writer.beginWrite();
        fill((round * 4 + commit) % 256);
        writer.end();
      }
      // And one that has begun to write, and not committed.
      writer.beginWrite();
      fill(255);
      try {
        const seen = new Set(ids.flatMap((id) => [...reader.read(id)]));
        expect(seen.size).toBe(1);
        expect(ahead).toBeLessThan(2);
        // What describes the state is of this very state, too.
        expect(reader.stat().sequence).toBe(reader.sequence);
        expect(reader.verify().filter(({ harmless }) => !harmless)).toEqual([]);
      } catch (error) {
        if ((error as { code?: string }).code !== 'BLK_OVERTAKEN') throw error;
        expect(ahead).toBeGreaterThan(1);
        overtaken++;
      }
      writer.rollback();
      reader.end();
    }
    expect(overtaken).toBe(100);
    expect(writer.verify()).toEqual([]);
  });
});
