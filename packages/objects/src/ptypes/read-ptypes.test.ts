import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';
import { isTerraneError } from '@terrane/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PtypesNode, type PtypesObject, ptypesTypeOf, readPtypes } from './index.js';
import { readPickle } from './pickle.js';

const fixture = readFileSync(fileURLToPath(new URL('ptypes.fixture.json', import.meta.url)), 'utf8');
const files = Object.entries(JSON.parse(fixture) as Record<string, string>).map(
  ([name, packed]) => [name, new Uint8Array(inflateSync(globalThis.Buffer.from(packed, 'base64')))] as const,
);
const file = files[0]![1];
const ascii = (text: string) => new TextEncoder().encode(text);

describe('readPtypes', () => {
  it.each(files)('reads a file with a schema of %s', (_, content) => {
    const { magic, types, root } = readPtypes(content, { strings: 'latin1' });
    const found = root as PtypesObject;
    expect(magic).toBe('ptypes-0.6.0');
    expect([...types.keys()].join()).toBe(
      'Structure,ListOfInts,Names,Person,Employee,ByName,Sorted,Place,Road,Buffer,Root',
    );
    expect(types.get('Employee')).toMatchObject({ bases: ['Person'] });
    const ann = { age: 41n, name: 'Ann' };
    const { buffer, place, ...rest } = found;
    expect(rest).toEqual({
      byName: new Map([['ann', ann]]),
      count: 3n,
      empty: [],
      ints: [1n, -2n, 2n ** 62n],
      names: ['y', 'x'],
      nobody: null,
      sorted: [0.5, 1.5, 1.5],
      staff: { age: -7n, boss: ann, name: 'Bob\0\xff', salary: 2.5 },
    });
    expect(ptypesTypeOf(found.staff)).toBe('Employee');
    expect((found.staff as PtypesObject).boss).toBe((found.byName as Map<string, unknown>).get('ann'));
    const bytes = new Uint8Array(Float64Array.of(0, 1, 2, 3, 4, 5).buffer);
    expect(buffer).toEqual({ format: 'd', itemSize: 8, shape: [2, 3], strides: [24, 8], bytes });
    const home = place as PtypesNode;
    expect([home.contents, home.out.length, home.in.length]).toEqual(['home', 1, 1]);
    expect(home.out[0]).toMatchObject({ type: 'Road', contents: 12n, to: { contents: 'town' } });
    expect(home.out[0]!.to!.out[0]).toBe(home.in[0]);
    expect(home.out[0]!.to!.out[0]!.to).toBe(home);
  });

  it('gives byte strings as bytes unless told otherwise', () => {
    const { staff } = readPtypes(file).root as { staff: PtypesObject };
    expect(staff.name).toEqual(Uint8Array.of(66, 111, 98, 0, 255));
    expect(() => readPtypes(file, { strings: 'utf-8' })).toThrow(TypeError);
  });

  it('agrees with what the generator writes today', () => {
    const script = fileURLToPath(new URL('ptypes.fixture.py', import.meta.url));
    const { stdout, error } = spawnSync('python3', [script], { encoding: 'utf8' });
    if (error) return expect((error as { code?: string }).code).toBe('ENOENT');
    const made = Object.keys(JSON.parse(stdout) as object);
    return expect(made).toEqual(files.map(([name]) => name));
  });

  it('refuses what is no such file, or was never closed', () => {
    expect(() => readPtypes(new Uint8Array(10))).toThrow(
      expect.objectContaining({ code: 'OBJ_NOT_A_STORE' }),
    );
    expect(() => readPtypes(new Uint8Array(1000))).toThrow(
      expect.objectContaining({ code: 'OBJ_NOT_A_STORE' }),
    );
    const open = file.slice();
    open[15] = open[87] = 0x44;
    expect(() => readPtypes(open)).toThrow(expect.objectContaining({ code: 'OBJ_DAMAGED', offset: 15 }));
  });

  it('ends in a typed error, or in values, whatever byte is wrong', () => {
    const places = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const property = fc.property(places, fc.nat(file.length), (changes, cut) => {
      const damaged = file.slice(0, Math.max(cut, 200));
      for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value;
      expectTyped(() => readPtypes(damaged));
    });
    fc.assert(property, { numRuns: 300 });
    for (let at = 8192; at < file.length; at++) {
      const damaged = file.slice();
      damaged[at]! ^= 0x11;
      expectTyped(() => readPtypes(damaged));
    }
  });

  it('leads chains that come back to an end', () => {
    const { buffer, byteOffset } = file;
    const view = new DataView(buffer, byteOffset, file.length);
    const types = Number(view.getBigUint64(56, true));
    const looped = file.slice();
    const first = view.getBigUint64(types, true);
    new DataView(looped.buffer).setBigUint64(Number(first), first, true);
    expect(() => readPtypes(looped)).toThrow(/leads back to itself/);
  });
});

describe('readPickle', () => {
  it('describes calls and imports instead of making them', () => {
    const hostile = ascii("cos\nsystem\n(S'touch /tmp/owned'\ntR.");
    expect(readPickle(hostile)).toEqual({
      call: { module: 'os', name: 'system' },
      args: ['touch /tmp/owned'],
    });
  });

  it('reads the forms of all protocols', () => {
    const cases: [string, unknown][] = [
      ["(I1\nI01\nL7L\nF2.5\nS'it\\'s \\x41\\n'\nVx\\u00e4\nNt.", [1, true, 7n, 2.5, "it's A\n", 'xä', null]],
      ["(S'a'\nI1\nd.", new Map([['a', 1]])],
    ];
    for (const [text, value] of cases) expect(readPickle(ascii(text))).toEqual(value);
    expect(readPickle(Uint8Array.of(0x80, 2, 0x8a, 2, 0xff, 0x7f, 0x2e))).toBe(32767);
    expect(readPickle(Uint8Array.of(0x80, 2, 0x88, 0x4a, 0xff, 0xff, 0xff, 0xff, 0x86, 0x2e))).toEqual([
      true,
      -1,
    ]);
  });

  it('refuses what it does not know, and what does not add up', () => {
    for (const text of ['', 'K', '.', 't.', 'g5\n.', 'I1\na.', '\x7f.', 'Sx\n.', 'NNs.']) {
      expect(() => readPickle(ascii(text)), text).toThrow(expect.objectContaining({ code: 'OBJ_DAMAGED' }));
    }
  });
});

function expectTyped(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!isTerraneError(error)) throw error;
    expect(error.code).toMatch(/^OBJ_/);
  }
}
