import { BlockStorage } from '@terrane/blocks';
import { DatasetFileCache } from '@terrane/dataset-cache';
import { openWith } from '@terrane/driver';
import { blob, openOpfsHandle, opfs } from '@terrane/drivers';
import { codeOf } from './code-of.fixture.js';
import {
  bytesOf,
  keyOf,
  maximumFileSize,
  type Opened,
  type Place,
  same,
  source,
  subjects,
} from './subjects.fixture.js';

/*
 * Runs in a worker of a real browser. What it shall do stands in its address; it posts what comes out to the server that it
 * came from.
 */
interface OpfsFolder {
  getFileHandle(name: string): Promise<{ getFile(): Promise<File> }>;
  removeEntry(name: string): Promise<void>;
}
declare const navigator: { storage: { getDirectory(): Promise<OpfsFolder> } };
declare const location: { search: string };
declare function postMessage(value: unknown): void;

/** Who had the file before may be going away just now. */
async function place(name: string, mode: 'r' | 'r+' | 'w' | 'a'): Promise<Place> {
  for (let time = 0; ; time++) {
    try {
      return { driver: opfs, name, resources: { handle: await openOpfsHandle(name, mode) } };
    } catch (error) {
      if ((error as { code?: string }).code !== 'IO_LOCKED' || time > 200) throw error;
      await new Promise((done) => setTimeout(done, 10));
    }
  }
}

const kinds = Object.keys(subjects) as (keyof typeof subjects)[];
const open = async (kind: keyof typeof subjects, mode: 'r' | 'r+') =>
  subjects[kind].open(await place(kind, mode), mode);

/** Browsers give space in ever larger pieces, so that one file alone does not get all of it. @returns the files that have it now. */
async function takeAllSpace(): Promise<string[]> {
  const piece = new Uint8Array(1 << 20);
  for (let count = 1; ; count++) {
    const pad = await openOpfsHandle(`pad ${count}`, 'w');
    let size = 0;
    while (codeOf(() => pad.write(piece, { at: size })) === undefined) size = pad.getSize();
    pad.close();
    if (size === 0) return Array.from({ length: count }, (_, index) => `pad ${index + 1}`);
  }
}

const tasks = {
  /** Each kind of file is made, written, and read again twice. */
  async make() {
    const found: number[][] = [];
    for (const kind of kinds) {
      const made = subjects[kind].make(await place(kind, 'w'));
      for (let round = 1; round <= 12; round++) made.commit(round);
      const first = made.check();
      made.close();
      const again = await open(kind, 'r+');
      const second = again.check();
      again.commit(13);
      again.close();
      const reader = await open(kind, 'r');
      found.push([first, second, reader.check()]);
      reader.close();
    }
    return found;
  },

  /** In another page, or another browser: what is there, and whether it can be written on. */
  async check() {
    const found: number[][] = [];
    for (const kind of kinds) {
      const opened = await open(kind, 'r+');
      const before = opened.check();
      opened.commit(before + 1);
      found.push([before, opened.check()]);
      opened.close();
    }
    return found;
  },

  /** All three, round by round, until somebody ends it. */
  async write() {
    const opened: Opened[] = [];
    for (const kind of kinds) opened.push(await open(kind, 'r+'));
    const found = opened.map((each) => each.check());
    const last = Math.max(...found);
    // Who ended the last one did so between two of them.
    for (const [index, each] of opened.entries()) {
      for (let round = found[index]! + 1; round <= last; round++) each.commit(round);
    }
    for (let round = last + 1; ; round++) {
      for (const each of opened) each.commit(round);
      await post('/said', round);
      postMessage(round);
    }
  },

  /** Until the browser gives no more space; and when there is space again. */
  async fill() {
    const found: unknown[] = [];
    const folder = await navigator.storage.getDirectory();
    for (const kind of kinds) {
      const opened = subjects[kind].make(await place(kind, 'w'));
      const pads = await takeAllSpace();
      let round = 0;
      const codes = new Set<unknown>();
      for (let code: unknown; code === undefined && round < 500; codes.add(code)) {
        code = codeOf(() => opened.commit(round + 1));
        if (code === undefined) round++;
      }
      for (let time = 0; time < 3; time++) codes.add(codeOf(() => opened.commit(round + 1)));
      const left = opened.check();
      for (const name of pads) await folder.removeEntry(name);
      opened.commit(round + 1);
      found.push([left - round, [...codes].filter(Boolean), opened.check() - round]);
      opened.close();
      await folder.removeEntry(kind);
    }
    return found;
  },

  /** A cache that is too small for all that is put into it, and a dataset that is read through it. */
  async cache() {
    const settings = async () => ({
      driver: opfs,
      maximumFileSize,
      resources: (await place('small', 'a')).resources!,
    });
    const cache = DatasetFileCache.createOrOpen('small', await settings());
    for (let number = 0; number < 800; number++) cache.put(keyOf(number), bytesOf(number));
    const { evictions } = cache.stat();
    const size = cache.storage.file.size();
    const sound = [...cache.verify()];
    cache.close();
    const again = DatasetFileCache.createOrOpen('small', await settings());
    const count = again.count();
    const asked: number[] = [];
    const attached = again.attach(source(900, (number) => asked.push(number)));
    let right = 0;
    for (let number = 780; number < 820; number++) {
      if (same(await attached.readChunk([number]), bytesOf(number))) right++;
    }
    sound.push(...again.verify());
    const { failures } = again.stat();
    again.close();
    return {
      evicted: evictions > 100,
      bounded: size <= maximumFileSize,
      kept: count > 100,
      sound,
      right,
      asked,
      failures,
    };
  },

  /** The files where they lie, as files that are chosen: by promise, and read-only. */
  async blob() {
    const folder = await navigator.storage.getDirectory();
    const fileOf = async (name: string) => (await folder.getFileHandle(name)).getFile();
    const file = await openWith(blob, { name: 'blocks' }, { blob: await fileOf('blocks') });
    const storage = await BlockStorage.open(file, { offset: 64 });
    const problems: unknown[] = await storage.verify();
    const blocks = (await storage.stat()).blocks;
    // The first ten after block 1 are written anew with every round, and there were thirteen.
    const kept = await Promise.all(Array.from({ length: 10 }, (_, slot) => storage.read(2 + slot)));
    const round = new DataView((await storage.read(1)).buffer).getUint32(0);
    const right = kept.every((bytes, slot) => same(bytes, bytesOf(round + slot)));
    const refused = await Promise.resolve(storage.beginWrite()).catch(({ code }) => code);
    await storage.close();
    const cache = await DatasetFileCache.open('small', {
      driver: blob,
      readOnly: true,
      resources: { blob: await fileOf('small') },
    });
    problems.push(...(await cache.verify()));
    const asked: number[] = [];
    const attached = cache.attach(source(900, (number) => asked.push(number)));
    const chunks = await Promise.all(
      Array.from({ length: 40 }, (_, index) => attached.readChunk([790 + index])),
    );
    const all = chunks.every((bytes, index) => same(bytes, bytesOf(790 + index)));
    await cache.close();
    return { problems, blocks, right, refused, all, asked };
  },
};

const post = (path: string, body: unknown) =>
  fetch(path, { method: 'POST', body: JSON.stringify(body ?? null) });

const wanted = new URLSearchParams(location.search);
try {
  await post('/report', await tasks[wanted.get('do') as keyof typeof tasks]());
} catch (error) {
  const { code, stack, cause } = error as { code?: string; stack?: string; cause?: unknown };
  await post('/report', { error: String(error), code, stack, cause: String(cause) });
}
