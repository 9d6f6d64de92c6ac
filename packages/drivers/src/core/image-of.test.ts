import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import { core, imageOf } from '../index.js';
import { temporaryFolder } from '../temporary.fixture.js';

const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => index * 7);

describe('imageOf', () => {
  it('takes bytes from wherever they come', async () => {
    const name = join(temporaryFolder(), 'file');
    writeFileSync(name, bytes);
    const sources = [
      bytes,
      bytes.buffer,
      new DataView(bytes.buffer),
      Buffer.from(bytes),
      new Blob([bytes]),
      new Response(bytes),
      new Blob([bytes]).stream(),
      createReadStream(name),
    ];
    for (const source of sources) {
      const image = await imageOf(source);
      expect(Buffer.compare(image, bytes)).toBe(0);
      expect(openWith(core, { mode: 'r' }, { image }).size()).toBe(bytes.length);
    }
    expect((await imageOf(bytes)).buffer).toBe(bytes.buffer);
  });

  it('refuses what holds no bytes', async () => {
    const bad = { code: 'DRV_BAD_OPTION' };
    await expect(imageOf('text' as never)).rejects.toMatchObject(bad);
    await expect(imageOf(null as never)).rejects.toMatchObject(bad);
    await expect(imageOf(new Response('no', { status: 404 }))).rejects.toMatchObject({
      ...bad,
      found: '404',
    });
  });
});
