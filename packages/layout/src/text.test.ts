import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import { bytes, cString, text } from './index.js';

const ascii = (string: string) => Uint8Array.from(Buffer.from(string, 'latin1'));

describe('text', () => {
  it('ends as each ending says', () => {
    const memory = new Uint8Array(6);
    const stored = (ending: 'terminator' | 'nul' | 'space', value: string) => {
      text(6, { ending }).write(memory.fill(0x21), value);
      return Buffer.from(memory).toString('latin1');
    };
    expect(stored('terminator', 'abc')).toBe('abc\0\0\0');
    expect(stored('nul', 'abcdef')).toBe('abcdef');
    expect(stored('space', 'abc')).toBe('abc   ');
    expect(text(6).read(ascii('ab\0d\0\0'))).toBe('ab\0d');
    expect(text(6, { ending: 'terminator' }).read(ascii('ab\0d\0\0'))).toBe('ab');
    expect(text(6, { ending: 'space' }).read(ascii(' a b  '))).toBe(' a b');
  });

  it('refuses what would not come back, and writes nothing', () => {
    const memory = new Uint8Array(6).fill(9);
    const refused = (value: string, options: Parameters<typeof text>[1]) =>
      expectCode('LAY_TEXT', () => text(6, options).write(memory, value));
    refused('abcdef', { ending: 'terminator' });
    refused('abcdefg', {});
    refused('a\0b', { ending: 'terminator' });
    refused('a\0', {});
    refused('a ', { ending: 'space' });
    refused('ä', { encoding: 'ascii' });
    refused('€', { encoding: 'latin1' });
    refused('\ud800', {});
    refused('\udc00x', { encoding: 'utf16' });
    expectCode('LAY_TYPE', () => text(6).write(memory, 6 as unknown as string));
    expect(memory.every((byte) => byte === 9)).toBe(true);
  });

  it('reads malformed bytes as an error, or as U+FFFD on request', () => {
    const broken = ascii('a\xffb\0\0\0');
    expectCode('LAY_TEXT', () => text(6).read(broken));
    expectCode('LAY_TEXT', () => text(6, { encoding: 'ascii' }).read(broken));
    expect(text(6, { malformed: 'replace' }).read(broken)).toBe('a\ufffdb');
    expect(text(6, { malformed: 'replace', encoding: 'ascii' }).read(broken)).toBe('a\ufffdb');
    expectCode('LAY_TEXT', () => text(3, { ending: 'terminator' }).read(ascii('abc')));
    expect(text(3, { ending: 'terminator', malformed: 'replace' }).read(ascii('abc'))).toBe('abc');
    expectCode('LAY_TEXT', () => text(2, { encoding: 'utf16' }).read(Uint8Array.of(0x00, 0xd8)));
  });

  it('agrees with Buffer on every encoding', () => {
    const encodings = { utf8: 'utf8', latin1: 'latin1', utf16: 'utf16le' } as const;
    const property = fc.property(
      fc.constantFrom('utf8' as const, 'latin1' as const, 'utf16' as const),
      fc.string({ unit: 'binary', maxLength: 60 }),
      (encoding, words) => {
        let value = words.replace(/\0+$/, '');
        if (encoding === 'latin1') value = value.replace(/[^\0-\xff]/gu, '?').replace(/\0+$/, '');
        const expected = Buffer.from(value, encodings[encoding]);
        const field = Buffer.alloc(expected.length + 4);
        text(field.length, { encoding }).write(field, value);
        expect(field.subarray(0, expected.length)).toEqual(expected);
        expect(text(field.length, { encoding }).read(field)).toBe(value);
        text(field.length, { encoding, byteOrder: 'big' }).write(field, value);
        if (encoding === 'utf16') expected.swap16();
        expect(field.subarray(0, expected.length)).toEqual(expected);
      },
    );
    fc.assert(property);
  });

  it('cuts whole characters only', () => {
    const memory = new Uint8Array(5);
    text(5, { overflow: 'truncate' }).write(memory, 'a€€');
    expect(text(5).read(memory)).toBe('a€');
    text(5, { overflow: 'truncate', ending: 'terminator' }).write(memory, 'aaaa€');
    expect([...memory]).toEqual([97, 97, 97, 97, 0]);
  });

  it('refuses widths and options that make no sense', () => {
    expectCode('LAY_DEFINITION', () => text(0));
    expectCode('LAY_DEFINITION', () => text(5, { encoding: 'utf16' }));
    expect(() => text(4, { encoding: 'ebcdic' as 'utf8' })).toThrow(TypeError);
    expect(() => text(4, { ending: 'dollar' as 'nul' })).toThrow(TypeError);
    expect(() => text(4, { overflow: 'ignore' as 'throw' })).toThrow(TypeError);
    expect(() => text(4, { padding: 'nul' } as object)).toThrow(TypeError);
  });
});

describe('cString', () => {
  it('walks over a list of strings', () => {
    const memory = new Uint8Array(32);
    const words = ['apple', '', 'größe', 'b'];
    let at = 3;
    for (const word of words) at = cString().write(memory, word, at);
    let from = 3;
    for (const word of words) {
      const { value, next } = cString().read(memory, from);
      expect(value).toBe(word);
      expect(next - from).toBe(cString().byteLength(word));
      from = next;
    }
    expect(from).toBe(at);
  });

  it('refuses a NUL inside, a missing one, and too little room', () => {
    expectCode('LAY_TEXT', () => cString().byteLength('a\0b'));
    expectCode('LAY_TEXT', () => cString().read(ascii('abc')));
    expectCode('LAY_BOUNDS', () => cString().write(new Uint8Array(3), 'abc'));
    expectCode('LAY_BOUNDS', () => cString().read(new Uint8Array(3), 4));
    expectCode('LAY_TYPE', () => cString().byteLength(3 as unknown as string));
    expect(() => cString({ encoding: 'utf16' as 'utf8' })).toThrow(TypeError);
  });
});

it('bytes are a live view and take exactly their length', () => {
  const memory = Uint8Array.of(1, 2, 3, 4);
  const view = bytes(2).read(memory, 1);
  view[0] = 9;
  expect([...memory]).toEqual([1, 9, 3, 4]);
  expectCode('LAY_SHAPE', () => bytes(2).write(memory, new Uint8Array(3)));
  expectCode('LAY_TYPE', () => bytes(2).write(memory, [1, 2] as unknown as Uint8Array));
  expectCode('LAY_DEFINITION', () => bytes(0));
});
