import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleFor, runChild, sharedFolder, startChild } from './child.fixture.js';
import { codeOf } from './code-of.fixture.js';
import { places } from './places.fixture.js';
import { subjects } from './subjects.fixture.js';

const folder = sharedFolder();
const bundle = bundleFor(folder);
const other = bundleFor(folder, true);

const kinds = ['blocks', 'cache', 'objects'] as const;
const drivers = ['flock', 'mmap'] as const;
const each = kinds.flatMap((kind) => drivers.map((driver) => [kind, driver] as const));

/** What a second writer is told. */
const busy = { blocks: 'BLK_BUSY', cache: 'CACHE_IN_USE', objects: 'BLK_BUSY' };

describe('two copies of the packages in one process', () => {
  it.each(kinds)('%s: one writes at a time, the other may read', (kind) => {
    const said = runChild(
      folder,
      bundle,
      `
      const u = await import(${JSON.stringify(other)});
      if (u.BlockStorage === t.BlockStorage || u.tryLockFile === t.tryLockFile) throw new Error('one copy');
      const write = (subject, place) => {
        const opened = subject.open(place, 'r+');
        try { opened.hold(); } catch (error) { opened.close(); throw error; }
        return opened;
      };
      for (const driver of ${JSON.stringify(drivers)}) {
        const name = process.env.DISK + '/${kind}-' + driver;
        const [mine, theirs] = [t, u].map((copy) => ({ subject: copy.subjects.${kind}, place: copy.places[driver](name) }));
        let opened = mine.subject.make(mine.place);
        opened.commit(1);
        opened.close();
        opened = write(mine.subject, mine.place);
        say(t.codeOf(() => write(theirs.subject, theirs.place)));
        // Their driver under our storage, and the other way round.
        say(t.codeOf(() => write(theirs.subject, mine.place)));
        say(t.codeOf(() => write(mine.subject, theirs.place)));
        const reader = theirs.subject.open(theirs.place, 'r');
        say(reader.check());
        opened.close();
        opened = write(theirs.subject, theirs.place);
        say(t.codeOf(() => write(mine.subject, mine.place)));
        opened.close();
        opened = theirs.subject.open(theirs.place, 'r+');
        opened.commit(2);
        say([reader.check(), opened.check()]);
        reader.close();
        opened.close();
      }
      `,
    );
    const code = busy[kind];
    expect(said).toEqual(drivers.flatMap(() => [code, code, code, 1, code, [2, 2]]));
  });
});

it.each(drivers)('a cache over %s that another copy makes anew is never read wrongly', (driver) => {
  const said = runChild(
    folder,
    bundle,
    `
    const u = await import(${JSON.stringify(other)});
    const { driver, name } = t.places.${driver}(process.env.DISK + '/anew-${driver}');
    const theirs = u.places.${driver}(name);
    const open = (copy, place, megabytes) =>
      copy.DatasetFileCache.createOrOpen(name, { driver: place.driver, resources: place.resources, maximumFileSize: megabytes << 20 });
    const first = open(t, { driver }, 2);
    for (let number = 0; number < 40; number++) first.put(t.keyOf(number), t.bytesOf(number));
    first.close();
    const reader = t.DatasetFileCache.open(name, { driver, readOnly: true });
    const attached = reader.attach(t.source(200));
    const outcomes = () => {
      const seen = new Set();
      for (let number = 0; number < 160; number++) {
        let bytes;
        const code = t.codeOf(() => { bytes = reader.get(t.keyOf(number)); });
        seen.add(code ?? (bytes ? (t.same(bytes, t.bytesOf(number)) ? 'right' : 'wrong') : 'missing'));
      }
      return [...seen].sort();
    };
    say(outcomes());
    for (let time = 0; time < 2; time++) {
      const anew = open(u, theirs, 3 + time);
      for (let number = 100; number < 120 + 10 * time; number++) anew.put(u.keyOf(number), u.bytesOf(number));
      anew.close();
      for (let number = 0; number < 130; number++) {
        if (!t.same(await attached.readChunk([number]), t.bytesOf(number))) throw new Error('chunk ' + number);
      }
      say(outcomes());
      if (time === 1) reader.refresh();
    }
    reader.close();
    `,
  );
  for (const outcomes of said) expect(outcomes).not.toContain('wrong');
  expect(said[0]).toEqual(['missing', 'right']);
});

/** A process that writes round after round, or that holds what it opened. */
const writer = (kind: string, driver: string, path: string, hold = false) => `
  const opened = t.subjects.${kind}.open(t.places.${driver}(${JSON.stringify(path)}), 'r+');
  const first = opened.check() + 1;
  ${hold ? 'opened.hold(); say(0); setInterval(() => {}, 1000);' : 'for (let round = first; ; round++) { opened.commit(round); say(round); }'}
`;

function attempt(kind: (typeof kinds)[number], driver: (typeof drivers)[number], path: string): unknown {
  return codeOf(() => {
    const opened = subjects[kind].open(places[driver](path), 'r+');
    try {
      opened.hold();
    } finally {
      opened.close();
    }
  });
}

describe('a writer in another process, with another copy', () => {
  it.each(each)(
    '%s over %s: is waited for when it is stopped, and not when it is dead',
    async (kind, driver) => {
      const path = join(folder, `${kind}-${driver}`);
      subjects[kind].make(places[driver](path)).close();
      const child = startChild(folder, other, writer(kind, driver, path, true));
      await child.next();
      expect(attempt(kind, driver, path)).toBe(busy[kind]);
      child.process.kill('SIGSTOP');
      expect(attempt(kind, driver, path)).toBe(busy[kind]);
      const reader = subjects[kind].open(places[driver](path), 'r');
      expect(reader.check()).toBe(0);
      reader.close();
      expect(await child.end('SIGKILL')).toBe('SIGKILL');
      expect(attempt(kind, driver, path)).toBeUndefined();
    },
  );

  it.each(each)(
    '%s over %s: stopped anywhere in its commits, it leaves a whole state to readers, and killed there to writers',
    async (kind, driver) => {
      const path = join(folder, `${kind}-${driver}-stopped`);
      const made = subjects[kind].make(places[driver](path));
      made.commit(1);
      made.close();
      let last = 1;
      for (let time = 0; time < 2; time++) {
        const child = startChild(folder, other, writer(kind, driver, path));
        await child.next();
        await new Promise((done) => setTimeout(done, 23 * time));
        child.process.kill('SIGSTOP');
        const reader = subjects[kind].open(places[driver](path), 'r');
        const seen = reader.check();
        reader.close();
        expect(seen).toBeGreaterThan(last);
        await child.end('SIGKILL');
        expect(seen).toBeGreaterThanOrEqual(Number(child.said.at(-1)));
        const opened = subjects[kind].open(places[driver](path), 'r+');
        last = opened.check();
        expect(last).toBe(seen);
        opened.commit(++last);
        expect(opened.check()).toBe(last);
        opened.close();
      }
    },
  );
});
