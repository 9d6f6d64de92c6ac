import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetFileCache } from '@terrane/dataset-cache';
import { openWith } from '@terrane/driver';
import { ObjectStore } from '@terrane/objects';
import { describe, expect, it } from 'vitest';
import { bundleFor, sharedFolder, startChild } from './child.fixture.js';
import { places } from './places.fixture.js';
import { bytesOf, keyOf, same, schema, settings } from './subjects.fixture.js';

const folder = sharedFolder();
const bundle = bundleFor(folder);
const processes = 6;

/** All of them make the same file at the same moment, each puts something of its own into it, and says how that went. */
async function startAtOnce(driver: string, path: string, work: string): Promise<Map<number, string>> {
  const code = `
    const me = process.pid;
    const { driver, name, resources } = t.places.${driver}(${JSON.stringify(path)});
    say('ready');
    while (!fs.existsSync(name + '.go'));
    let opened;
    const code = t.codeOf(() => { ${work} }) ?? 'committed';
    if (opened) t.codeOf(() => opened.close());
    say([me, code]);
  `;
  const children = Array.from({ length: processes }, () => startChild(folder, bundle, code));
  await Promise.all(children.map((child) => child.next()));
  writeFileSync(`${path}.go`, '');
  const said = await Promise.all(children.map((child) => child.next() as Promise<[number, string]>));
  return new Map(said);
}

describe.each(['flock', 'mmap'] as const)('processes that are started at once, over %s', (driver) => {
  it('make one object store, and lose nothing that was committed', async () => {
    const path = join(folder, `objects-${driver}`);
    const said = await startAtOnce(
      driver,
      path,
      `opened = t.ObjectStore.open(t.openWith(driver, { name, mode: 'a' }, resources), t.schema);
       opened.root.names.set(String(me), 'here');
       opened.commit();`,
    );
    for (const code of said.values()) expect(['committed', 'BLK_BUSY']).toContain(code);
    const place = places[driver](path);
    using store = ObjectStore.open(openWith(place.driver, { name: path }, place.resources), schema);
    expect(store.verify().problems.filter(({ harmless }) => !harmless)).toEqual([]);
    const committed = [...said].filter(([, code]) => code === 'committed').map(([who]) => String(who));
    expect([...store.root.names.keys()].sort()).toEqual(committed.sort());
    expect(committed.length).toBeGreaterThan(0);
  });

  it('make one cache', async () => {
    const path = join(folder, `cache-${driver}`);
    const said = await startAtOnce(
      driver,
      path,
      `opened = t.DatasetFileCache.createOrOpen(name, { driver, ...(resources && { resources }), maximumFileSize: t.maximumFileSize });
       opened.put(t.keyOf(me), t.bytesOf(me));
       opened.flush();`,
    );
    for (const code of said.values()) {
      expect(['committed', 'CACHE_IN_USE', 'CACHE_NOT_A_CACHE']).toContain(code);
    }
    const place = places[driver](path);
    const cache = DatasetFileCache.open(path, { ...settings(place), readOnly: true });
    expect(cache.verify()).toEqual([]);
    let there = 0;
    for (const who of said.keys()) {
      const bytes = cache.get(keyOf(who));
      if (bytes) expect(same(bytes, bytesOf(who))).toBe(true);
      if (bytes) there++;
    }
    expect(cache.count()).toBe(there);
    expect(there).toBeGreaterThan(0);
    cache.close();
  });
});
