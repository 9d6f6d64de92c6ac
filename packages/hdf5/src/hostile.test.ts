import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { corpus } from '@terrane/oracles';
import { expect, it } from 'vitest';
import { fixture, fixtureNames } from './api/fixtures.fixture.js';
import { damaged, exercise } from './hostile.fixture.js';

it.each(fixtureNames)('damaged copies of %s end in typed errors or values', (name) => {
  const original = fixture(name);
  for (let seed = 0; seed < 40; seed++) {
    try {
      exercise(damaged(original, seed));
    } catch (cause) {
      throw new Error(`seed ${seed}`, { cause });
    }
  }
});

it.each(['earliest', 'v108', 'links'])('%s cut anywhere ends in typed errors', (name) => {
  const original = fixture(name);
  for (let length = 0; length < original.length; length += 61) exercise(original.subarray(0, length));
});

const folder = corpus();

it.skipIf(folder === undefined)('every file of the official corpus opens or is refused with a code', () => {
  const names = readdirSync(folder!).filter((name) => /\.(h5|hdf5|nc)$/.test(name));
  expect(names.length).toBeGreaterThan(100);
  const opened = names.filter((name) => {
    try {
      return exercise(new Uint8Array(readFileSync(join(folder!, name)))).opened;
    } catch (cause) {
      throw new Error(name, { cause });
    }
  });
  expect(opened.length).toBeGreaterThan(names.length / 2);
});
