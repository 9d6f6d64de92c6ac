import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleFor, mayBeNobody, mayMount, runChild, sharedFolder } from './child.fixture.js';
import { places } from './places.fixture.js';
import { subjects } from './subjects.fixture.js';

const folder = sharedFolder();
const bundle = bundleFor(folder);

const kinds = ['blocks', 'cache', 'objects'] as const;
const drivers = ['sec2', 'flock', 'mmap'] as const;

/** What somebody does with files that have four rounds: one of each driver, in a folder. */
const attempt = (kind: string, within: string) => `
  for (const driver of ${JSON.stringify(drivers)}) {
    const place = t.places[driver](${within} + '/' + driver);
    const subject = t.subjects.${kind};
    const reader = subject.open(place, 'r');
    say([reader.check(), t.codeOf(() => reader.commit(5)), reader.check(), t.codeOf(() => reader.close()) ?? null]);
    say(t.codeOf(() => subject.open(place, 'r+')));
    say(t.codeOf(() => subject.make(place)));
    say(t.codeOf(() => subject.make({ ...place, name: place.name + '.new' })));
  }
`;

/** What it says then, of files and folders that it may only read. */
const readOnly = (kind: (typeof kinds)[number]) => {
  const refused = { blocks: 'IO_READ_ONLY', cache: 'CACHE_READ_ONLY', objects: 'OBJ_READ_ONLY' }[kind];
  return drivers.flatMap(() => [[4, refused, 4, null], 'IO_PERMISSION', 'IO_PERMISSION', 'IO_PERMISSION']);
};

function made(kind: (typeof kinds)[number], mode: number): string {
  const within = join(folder, `${kind}-${mode.toString(8)}`);
  mkdirSync(within);
  for (const driver of drivers) {
    const path = join(within, driver);
    const opened = subjects[kind].make(places[driver](path));
    for (let round = 1; round <= 4; round++) opened.commit(round);
    opened.close();
    chmodSync(path, mode);
  }
  chmodSync(within, 0o555);
  return within;
}

describe.runIf(mayBeNobody)('for a user who may not write', () => {
  it.each(kinds)('%s: reads, and says what is not allowed', (kind) => {
    const code = attempt(kind, JSON.stringify(made(kind, 0o444)));
    expect(runChild(folder, bundle, code, { nobody: true })).toEqual(readOnly(kind));
  });

  it.each(kinds)('%s: files that may be written in a folder that may not need no others', (kind) => {
    const within = made(kind, 0o666);
    const code = `
      for (const driver of ${JSON.stringify(drivers)}) {
        const opened = t.subjects.${kind}.open(t.places[driver](${JSON.stringify(within)} + '/' + driver), 'r+');
        for (let round = 5; round <= 7; round++) opened.commit(round);
        say(opened.check());
        opened.close();
      }
    `;
    expect(runChild(folder, bundle, code, { nobody: true })).toEqual([7, 7, 7]);
  });

  it('a file that may not even be read says so', () => {
    const within = made('blocks', 0o600);
    const code = `
      for (const subject of Object.values(t.subjects)) {
        for (const driver of ${JSON.stringify(drivers)}) {
          say(t.codeOf(() => subject.open(t.places[driver](${JSON.stringify(within)} + '/' + driver), 'r')));
        }
      }`;
    const said = runChild(folder, bundle, code, { nobody: true });
    expect(said).toEqual(new Array(9).fill('IO_PERMISSION'));
  });

  it.each(['sec2', 'mmap'] as const)(
    'a cache over %s serves what it has, and the source the rest',
    (driver) => {
      const path = join(folder, `attached-${driver}`);
      const cache = subjects.cache.make(places[driver](path));
      cache.commit(0);
      cache.commit(1);
      cache.close();
      chmodSync(path, 0o444);
      const code = `
      const { driver, name } = t.places.${driver}(${JSON.stringify(path)});
      const cache = t.DatasetFileCache.open(name, { driver, readOnly: true });
      const asked = [];
      const dataset = t.source(14, (number) => asked.push(number));
      const attached = cache.attach(dataset);
      for (let number = 0; number < 14; number++) {
        if (!t.same(await attached.readChunk([number]), t.bytesOf(number))) throw new Error('chunk ' + number);
      }
      cache.flush();
      const { hits, misses, failures } = cache.stat();
      const warm = await t.warmUp(cache, dataset).then(() => 'done', ({ code }) => code);
      say({ asked, hits, misses, failures, warm, closing: t.codeOf(() => cache.close()) ?? null });
    `;
      const said = runChild(folder, bundle, code, { nobody: true });
      const asked = [10, 11, 12, 13];
      expect(said).toEqual([
        { asked, hits: 10, misses: 4, failures: 0, warm: 'CACHE_READ_ONLY', closing: null },
      ]);
    },
  );
});

describe.runIf(mayMount)('on a disk that is mounted read-only', () => {
  it.each(kinds)('%s: reads, and says what is not allowed', (kind) => {
    const code = `
      const { execFileSync } = await import('node:child_process');
      const { DISK } = process.env;
      for (const driver of ${JSON.stringify(drivers)}) {
        const opened = t.subjects.${kind}.make(t.places[driver](DISK + '/' + driver));
        for (let round = 1; round <= 4; round++) opened.commit(round);
        opened.close();
      }
      execFileSync('mount', ['-o', 'remount,ro', DISK]);
      ${attempt(kind, 'DISK')}
    `;
    expect(runChild(folder, bundle, code, { smallDisk: true })).toEqual(readOnly(kind));
  });
});
