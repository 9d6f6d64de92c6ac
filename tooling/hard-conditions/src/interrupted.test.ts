import { join } from 'node:path';
import { DatasetFileCache, warmUp } from '@terrane/dataset-cache';
import { describe, expect, it } from 'vitest';
import { bundleFor, sharedFolder, startChild } from './child.fixture.js';
import { places } from './places.fixture.js';
import { bytesOf, maximumFileSize, same, source, subjects } from './subjects.fixture.js';

const folder = sharedFolder();
const bundle = bundleFor(folder);

const kinds = ['blocks', 'cache', 'objects'] as const;
const drivers = ['sec2', 'mmap'] as const;
const each = kinds.flatMap((kind) => drivers.map((driver) => [kind, driver] as const));
const chunks = 120;

/** Warms a cache up from a source that takes its time, and tells how far it is. */
const warming = (driver: string, path: string, signal: string) => `
  const { driver, name } = t.places.${driver}(${JSON.stringify(path)});
  const cache = t.DatasetFileCache.createOrOpen(name, { driver, maximumFileSize: t.maximumFileSize, batchBytes: 1 << 16 });
  const dataset = t.source(${chunks});
  const slow = { ...dataset, readChunk: async (at) => {
    await new Promise((done) => setTimeout(done, 1));
    return dataset.readChunk(at);
  } };
  const onProgress = ({ done }) => { say(done); };
  ${signal}
`;

/** What a cache holds of the source, and that it is sound; then the rest of the warm-up. */
async function resume(driver: (typeof drivers)[number], path: string): Promise<number> {
  const cache = DatasetFileCache.createOrOpen(path, { driver: places[driver](path).driver, maximumFileSize });
  expect(cache.verify()).toEqual([]);
  const kept = cache.count();
  let asked = 0;
  const dataset = source(chunks, () => asked++);
  const { done, skipped, total } = await warmUp(cache, dataset);
  expect({ done, skipped, asked }).toEqual({ done: total, skipped: kept, asked: total - kept });
  for (let number = 0; number < chunks; number++) {
    expect(same(await cache.attach(dataset).readChunk([number]), bytesOf(number))).toBe(true);
  }
  expect(asked).toBe(total - kept);
  cache.close();
  return kept;
}

describe('Ctrl-C', () => {
  it.each(drivers)(
    'in the middle of a warm-up over %s leaves what was committed, and it goes on from there',
    async (driver) => {
      const path = join(folder, `warming-${driver}`);
      const child = startChild(
        folder,
        bundle,
        warming(driver, path, 'await t.warmUp(cache, slow, { onProgress });'),
      );
      for (let said = 0; said < 40; ) said = (await child.next()) as number;
      expect(await child.end('SIGINT')).toBe('SIGINT');
      const kept = await resume(driver, path);
      expect(kept).toBeGreaterThan(10);
      expect(kept).toBeLessThan(chunks);
    },
  );

  it.each(drivers)(
    'that the program turns into an abort over %s keeps everything that was fetched',
    async (driver) => {
      const path = join(folder, `aborted-${driver}`);
      const code = `
      const controller = new AbortController();
      process.once('SIGINT', () => controller.abort('interrupted'));
      try {
        await t.warmUp(cache, slow, { onProgress, signal: controller.signal });
      } catch (error) {
        say(error);
      }
      cache.close();
    `;
      const child = startChild(folder, bundle, warming(driver, path, code));
      for (let said = 0; said < 40; ) said = (await child.next()) as number;
      expect(await child.end('SIGINT')).toBe(0);
      expect(child.said.at(-1)).toBe('interrupted');
      const done = Number(child.said.at(-2));
      // Those that were under way may have come, too.
      const kept = await resume(driver, path);
      expect(kept).toBeGreaterThanOrEqual(done);
      expect(kept).toBeLessThan(chunks);
    },
  );

  it.each(each)('in the middle of commits to %s over %s leaves the last one', async (kind, driver) => {
    const path = join(folder, `${kind}-${driver}`);
    const place = places[driver](path);
    subjects[kind].make(place).close();
    for (let time = 0; time < 2; time++) {
      const code = `
        const opened = t.subjects.${kind}.open(t.places.${driver}(${JSON.stringify(path)}), 'r+');
        for (let round = opened.check() + 1; ; round++) { opened.commit(round); say(round); }`;
      const child = startChild(folder, bundle, code);
      await child.next();
      await new Promise((done) => setTimeout(done, 29 * time));
      expect(await child.end('SIGINT')).toBe('SIGINT');
      const said = Number(child.said.at(-1));
      const opened = subjects[kind].open(place, 'r+');
      const found = opened.check();
      expect(found - said).toBeLessThanOrEqual(1);
      expect(found).toBeGreaterThanOrEqual(said);
      opened.commit(found + 1);
      expect(opened.check()).toBe(found + 1);
      opened.close();
    }
  });
});
