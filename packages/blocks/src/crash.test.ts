import { MemoryFile, MemoryStore } from '@terrane/driver';
import { makeRandom } from '@terrane/driver-kit';
import { describe, expect, it } from 'vitest';
import { BlockIndex, BlockStorage, WordSlot } from './index.js';
import { type Change, type Image, losses, Recording } from './recording.fixture.js';

const offset = 64;
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
function work(recording: Recording, commits: number, seed: number): string[] {
  const random = makeRandom(seed);
  const storage = BlockStorage.open(recording.file, { offset });
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
): { start: Uint8Array; recording: Recording; states: string[] } {
  const made = new Recording();
  const storage = BlockStorage.create(made.file, { offset });
  storage.transaction(() => BlockIndex.create(storage, index));
  const start = made.store.bytes.slice();
  const recording = new Recording(start);
  return { start, recording, states: work(recording, commits, seed) };
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

describe('a loss of power', () => {
  it.each([1, 2, 3])('leaves the state of the last commit or of the one under way (%i)', (seed) => {
    const { start, recording, states } = recorded(9, seed);
    let images = 0;
    for (const image of losses(start, recording.changes, 2, seed)) {
      expect(faultOf(image, states)).toBeUndefined();
      images++;
    }
    expect(images).toBeGreaterThan(300);
  });

  it('is survived because of the flushes: without either of them it is not', () => {
    const { start, recording, states } = recorded(9, 4);
    for (const parity of [0, 1]) {
      let flushes = 0;
      const fewer = recording.changes.filter(
        (change: Change) => !('flush' in change) || flushes++ % 2 === parity,
      );
      const faults = [...losses(start, fewer, 4, 5)].filter((image) => faultOf(image, states) !== undefined);
      expect(faults.length).toBeGreaterThan(0);
    }
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
