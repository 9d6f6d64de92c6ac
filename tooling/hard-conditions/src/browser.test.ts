import { beforeAll, describe, expect, it } from 'vitest';
import { Browsers, chromium } from './browser.fixture.js';
import { mayMount, sharedFolder } from './child.fixture.js';

const folder = sharedFolder();
const kinds = ['blocks', 'cache', 'objects'] as const;

describe.skipIf(!chromium)('in a worker of Chromium, over its origin-private files', () => {
  let browsers: Browsers;
  beforeAll(async () => {
    browsers = await Browsers.start(folder);
  });

  it('files are made, written, read again, and so by a browser that is started anew', async () => {
    expect(await browsers.ask('do=make')).toEqual(kinds.map(() => [12, 12, 13]));
    expect(await browsers.ask('do=check')).toEqual(kinds.map(() => [13, 14]));
  });

  it('a cache evicts, stays within its bound, and serves a dataset', async () => {
    const said = await browsers.ask('do=cache');
    const asked = Array.from({ length: 20 }, (_, index) => 800 + index);
    expect(said).toEqual({
      evicted: true,
      bounded: true,
      kept: true,
      sound: [],
      right: 40,
      asked,
      failures: 0,
    });
  });

  it('files are read by promise, too, as a chosen file is', async () => {
    const said = await browsers.ask('do=blob');
    const asked = Array.from({ length: 10 }, (_, index) => 820 + index);
    expect(said).toEqual({
      problems: [],
      blocks: 11 + 14 * 3,
      right: true,
      refused: 'IO_READ_ONLY',
      all: true,
      asked,
    });
  });

  it.runIf(mayMount)(
    'where the browser has no more space, the last commits stay, and it goes on when there is',
    async () => {
      expect(await browsers.ask('do=fill', true)).toEqual(kinds.map(() => [0, ['IO_NO_SPACE'], 1]));
    },
  );

  /** A whole state each, and none before the last one that was said. */
  async function expectLast(report: Promise<unknown>): Promise<void> {
    const found = (await report) as [number, number][];
    expect(found).toHaveLength(kinds.length);
    for (const [before, after] of found) {
      expect(before).toBeGreaterThanOrEqual(browsers.last);
      expect(before).toBeLessThanOrEqual(browsers.last + 1);
      expect(after).toBe(before + 1);
    }
  }

  it('a browser that is killed in the middle of commits leaves the last ones', async () => {
    await browsers.open('do=write');
    await browsers.rounds(7);
    await browsers.kill();
    await expectLast(browsers.ask('do=check'));
  });

  // The next page is in another browser: Chromium's process does not always survive that a worker is at work when its page is left.
  it('a page that is left in the middle of commits leaves the last ones', async () => {
    expect(await browsers.ask('do=write&leave=6')).toBe('left');
    await expectLast(browsers.ask('do=check'));
  });

  it('a worker that is ended in the middle of commits leaves the last ones, and no lock', async () => {
    await expectLast(browsers.ask('do=write&terminate=6'));
  });
});
