import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { scratchFolder } from './child.fixture.js';
import { type Mapping, map } from './index.js';

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));

type Bytes = Uint8Array<ArrayBuffer>;

/** One step: on the mapping, and on an array that says what the mapping should hold. Lengths and places are shares. */
type Step = readonly [name: keyof typeof steps, place: number, size: number];

const steps = {
  write: (mapping: Mapping, model: Bytes, place: number, size: number): Bytes => {
    const source = Uint8Array.from({ length: size }, (_, index) => (place + index * 31) % 256);
    mapping.write(place, source);
    model.set(source, place);
    return model;
  },
  store: (mapping: Mapping, model: Bytes, place: number, size: number): Bytes => {
    mapping.view(Uint8Array, place, size).fill(size);
    model.fill(size, place, place + size);
    return model;
  },
  resize: (mapping: Mapping, model: Bytes, place: number, size: number): Bytes => {
    const length = place + size * 3;
    mapping.resize(length);
    const resized = new Uint8Array(length);
    resized.set(model.subarray(0, length));
    return resized;
  },
  punchHole: (mapping: Mapping, model: Bytes, place: number, size: number): Bytes => {
    mapping.punchHole(place, size);
    model.fill(0, place, place + size);
    return model;
  },
  flush: (mapping: Mapping, model: Bytes, place: number, size: number): Bytes => {
    mapping.flush(place, size);
    expect(
      Buffer.compare(
        readFileSync(mapping.target!).subarray(place, place + size),
        model.subarray(place, place + size),
      ),
    ).toBe(0);
    return model;
  },
};

describe.each([
  { kind: 'mapped' },
  { kind: 'mapped', reserve: 1 << 20 },
  { kind: 'mapped', segmentSize: 65_536 },
  { kind: 'copied' },
  { kind: 'copied', segmentSize: 65_536 },
] as const)('a mapping with %o', (options) => {
  it('does what an array does, whatever is done to it', () => {
    const step: fc.Arbitrary<Step> = fc.tuple(
      fc.constantFrom(...(Object.keys(steps) as (keyof typeof steps)[])),
      fc.nat(1000),
      fc.nat(1000),
    );
    let run = 0;
    const property = fc.property(fc.array(step, { maxLength: 12 }), fc.nat(100_000), (list, length) => {
      const path = join(folder, `file-${JSON.stringify(options).length}-${run++}`);
      let model: Bytes = Uint8Array.from({ length }, (_, index) => index % 255);
      writeFileSync(path, model);
      const mapping = map(path, { ...options, mode: 'read-write' });
      for (const [name, share, part] of list) {
        const place = Math.floor((model.length * share) / 1000);
        const size = Math.floor(((model.length - place) * part) / 1000);
        // In a copy, a view lies in one segment.
        const segments =
          'segmentSize' in options && options.kind === 'copied' ? options.segmentSize : Infinity;
        const fits = Math.floor(place / segments) === Math.floor((place + size) / segments);
        if (name !== 'store' || fits) model = steps[name](mapping, model, place, size);
        const target = new Uint8Array(model.length);
        expect(mapping.read(0, target)).toBe(model.length);
        expect(Buffer.compare(target, model)).toBe(0);
      }
      mapping.close();
      expect(Buffer.compare(readFileSync(path), model)).toBe(0);
      rmSync(path);
    });
    fc.assert(property, { numRuns: 30 });
  });
});
