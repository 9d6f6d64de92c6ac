import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWith } from '@terrane/driver';
import { sec2 } from '@terrane/drivers';
import { expect, it } from 'vitest';
import { ObjectStore } from '../index.js';
import { killWriter, makeShadow } from './soak.fixture.js';
import { schema } from './soak-step.fixture.js';

it('has every step that was committed, whenever its writer was killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'objects-soak-'));
  const path = join(folder, 'store');
  ObjectStore.open(openWith(sec2, { name: path, mode: 'w' }), schema).close();
  using shadow = makeShadow();
  let last = 0;
  for (let kill = 0; kill < 5; kill++) {
    const step = await killWriter(path, shadow, 30 + 70 * kill);
    expect(step).toBeGreaterThan(last);
    last = step;
  }
  rmSync(folder, { recursive: true });
}, 60_000);
