import type { Manifest } from '@terrane/driver';
import { claim } from '../claim.js';
import { type KitCase, unless } from '../kit-case.js';
import { five } from './samples.js';

/** M: what a file says of itself. */
export const manifestCases: readonly KitCase[] = [
  {
    id: 'manifest-constant',
    clauses: ['M1'],
    title: 'the manifest is frozen, plain JSON and the same object all along',
    level: 'must',
    async run(bench) {
      const file = await bench.openBare(await bench.place(five), bench.facts.modes.has('r') ? 'r' : 'r+');
      const { manifest } = file;
      const parts = [manifest, manifest.capabilities, manifest.guarantees, manifest.hints];
      claim.that(parts.every(Object.isFrozen), 'the manifest and its parts are frozen');
      const copy = JSON.parse(JSON.stringify(manifest)) as Manifest;
      claim.equal(JSON.stringify(copy), JSON.stringify(manifest), 'a round trip through JSON');
      claim.equal(typeof manifest.driver, 'string', 'the type of its driver');
      claim.equal(typeof manifest.target, 'string', 'the type of its target');
      await file.read(0, new Uint8Array(2));
      claim.equal(file.manifest, manifest, 'the manifest after a read');
    },
  },
  {
    id: 'manifest-positive',
    clauses: ['M2'],
    title: 'all statements are positive',
    level: 'must',
    async run({ facts }) {
      for (const manifest of [facts.reading, facts.writing]) {
        for (const [name, value] of Object.entries({ ...manifest?.capabilities, ...manifest?.guarantees })) {
          claim.that(value === true || (typeof value === 'number' && value > 0), `${name} is ${value}`);
        }
      }
    },
  },
  {
    id: 'manifest-has-methods',
    clauses: ['M3'],
    title: 'every declared capability has its method',
    level: 'must',
    async run(bench) {
      const modes = (['r', 'r+'] as const).filter((mode) => bench.facts.modes.has(mode));
      for (const mode of modes) {
        const file = await bench.openBare(await bench.place(five), mode);
        for (const name of Object.keys(file.manifest.capabilities)) {
          // A signal is an option of other calls.
          if (name === 'signal') continue;
          claim.equal(typeof file[name as keyof typeof file], 'function', `the type of ${name}`);
        }
      }
    },
  },
  {
    id: 'manifest-read-only',
    clauses: ['M4'],
    title: 'a file opened with r does not declare to be writable',
    level: 'must',
    skip: unless.mode('r'),
    async run({ facts }) {
      const { write, truncate, flush } = facts.reading.capabilities;
      claim.that(!write && !truncate && !flush, 'write, truncate and flush are absent');
    },
  },
  {
    id: 'manifest-immutable',
    clauses: ['M5'],
    title: 'what is immutable is not writable',
    level: 'must',
    async run({ facts }) {
      for (const manifest of [facts.reading, facts.writing]) {
        const both = manifest?.guarantees.immutable && manifest.capabilities.write;
        claim.that(!both, 'immutable and write are not declared together');
      }
    },
  },
];
