import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { temporaryFolder } from '@terrane/oracles';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import * as lay from './index.js';
import { type Layout, parseCHeader, printCStruct } from './index.js';

const header = `
/* A tick of the feed, version 3. */
#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>
#define NAME_SIZE 12 // bytes
#define LEVELS (3)
enum side { BUY = 1, SELL, HOLD = 7 };
typedef unsigned long long big_t;
typedef enum { RED, GREEN } color_t, other_color_t;

struct point { double x, y; };

typedef struct tick {
  char kind;
  unsigned short int port;      // two bytes after a gap
  long count; unsigned long mask;
  long long signed int wide;
  struct point at, path[2];
  enum side side;
  color_t color;
  char name[NAME_SIZE];
  char words[2][8];
  uint8_t mac[6];
  const float levels[LEVELS][4];
  double _Complex z;
  float _Complex w;
  _Bool on; bool off;
  big_t big;
  struct { int8_t lo; int64_t hi; } pair;
  size_t n;
} tick_t;

#pragma pack(push, 2)
struct two { char a; double b; int c; };
#pragma pack(1)
struct one { char a; double b; int c; };
#pragma pack()
struct natural { char a; double b; int c; };
#pragma pack(pop)
struct __attribute__((packed)) before { char a; long b; };
struct after { char a; struct natural n; long b; } __attribute__((__packed__));
`;

const structs = parseCHeader(header);

/** What gcc says of every struct: its size, its alignment, and each member's offset. */
function compiled(
  text: string,
  names: readonly string[],
  type: (name: string) => string,
  all: Record<string, lay.Struct<object>>,
) {
  using folder = temporaryFolder();
  const lines = names.flatMap((name) => [
    `printf("${name} %zu %zu", sizeof(${type(name)}), _Alignof(${type(name)}));`,
    ...all[name]!.fields.map((field) => `printf(" %zu", offsetof(${type(name)}, ${field.name}));`),
    'printf("\\n");',
  ]);
  const source = `#include <stdio.h>\n#include <stdint.h>\n#include <stdbool.h>\n#include <stddef.h>\n${text}\nint main(void) {\n${lines.join('\n')}\nreturn 0; }\n`;
  writeFileSync(folder.join('a.c'), source);
  const { status, stderr } = spawnSync(compiler, ['-std=gnu11', '-o', folder.join('a'), folder.join('a.c')], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const lists = spawnSync(folder.join('a'), { encoding: 'utf8' }).stdout.trim().split('\n');
  return Object.fromEntries(lists.map((line) => [line.split(' ')[0]!, line.split(' ').slice(1).map(Number)]));
}

const placesOf = ({ size, alignment, fields }: lay.Struct<object>) => [
  size,
  alignment,
  ...fields.map(({ offset }) => offset),
];

const compiler = process.env.CC ?? 'gcc';
const hasGcc = spawnSync(compiler, ['--version']).status === 0;

describe('parseCHeader', () => {
  it('lays structs out as gcc did on x86-64', () => {
    // Printed by gcc 12 -std=gnu11: size, alignment, offsets of the members.
    expect(
      Object.fromEntries(Object.entries(structs).map(([name, struct]) => [name, placesOf(struct)])),
    ).toMatchObject({
      point: [16, 8, 0, 8],
      two: [14, 2, 0, 2, 10],
      one: [13, 1, 0, 1, 9],
      natural: [24, 8, 0, 8, 16],
      before: [9, 1, 0, 1],
      after: [33, 1, 0, 1, 25],
      tick: [240, 8, 0, 2, 8, 16, 24, 32, 48, 80, 84, 88, 100, 116, 124, 176, 192, 200, 201, 208, 216, 232],
    });
    expect(structs.tick_t).toBe(structs.tick);
  });

  it.skipIf(!hasGcc)('lays structs out as the gcc that is installed', () => {
    const names = Object.keys(structs).filter((name) => name !== 'tick_t');
    const places = compiled(header, names, (name) => `struct ${name}`, structs);
    for (const name of names) expect([name, ...placesOf(structs[name]!)]).toEqual([name, ...places[name]!]);
  });

  it('gives the types their values', () => {
    const memory = new Uint8Array(structs.tick!.size);
    memory[structs.tick!.field('side').offset] = 2;
    memory[structs.tick!.field('name').offset] = 0x41;
    expect(structs.tick!.read(memory)).toMatchObject({
      kind: 0,
      count: 0n,
      at: { x: 0, y: 0 },
      side: 'SELL',
      color: 'RED',
      name: 'A',
      words: ['', ''],
      mac: new Uint8Array(6),
      levels: [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
      on: false,
      pair: { lo: 0, hi: 0n },
    });
    expect(parseCHeader('struct a { long b; char c; };', { dataModel: 'llp64' }).a!.size).toBe(8);
  });

  it('refuses by name, with the line, what it cannot lay out', () => {
    const wrong: [string, RegExp][] = [
      ['struct a {\n int b : 3; };', /line 2: the bit-field b/],
      ['struct a { int *b; };', /a pointer/],
      ['struct a { int (*f)(void); };', /a pointer/],
      ['struct a { union { int b; } c; };', /a union/],
      ['struct a { int n; char rest[]; };', /rest without an extent/],
      ['struct a { long double b; };', /long double/],
      ['struct a { struct b c; };', /struct b, which is not declared/],
      ['struct a { enum b c; };', /enum b, which is not declared/],
      ['struct a { foo_t c; };', /foo_t/],
      ['struct a { int b[N]; };', /"N"/],
      ['struct a { int b; int b; };', /second member b/],
      ['struct a { };', /without members/],
      ['struct a { int b; }', /where ; was expected/],
      ['struct a { int b', /where ; was expected|end of the text/],
      ['struct a { int 3; };', /"3"/],
      ['struct a { int b; } __attribute__((aligned(4)));', /attribute aligned/],
      ['struct a { int b @ 3; };', /line 1/],
      ['enum a { B C };', /"C"/],
      ['enum a {', /end of the text/],
      ['int f(void);', /"\("|where ;/],
    ];
    for (const [text, message] of wrong) {
      expect(expectCode('LAY_C_SYNTAX', () => parseCHeader(text)).message, text).toMatch(message);
    }
    expect(() => parseCHeader('', { dataModel: 'ilp32' as 'lp64' })).toThrow(TypeError);
    const property = fc.property(
      fc.array(
        fc.constantFrom(
          'struct',
          'a',
          '{',
          '}',
          'int',
          ';',
          '[',
          '3',
          ']',
          'enum',
          ',',
          'typedef',
          '#pragma pack(1)\n',
          '*',
        ),
      ),
      (words) => {
        try {
          parseCHeader(words.join(' '));
        } catch (error) {
          // A malformed enumeration or extent is refused by the layout that it would become.
          expect((error as { code: string }).code).toMatch(/^LAY_(C_SYNTAX|DEFINITION)$/);
        }
      },
    );
    fc.assert(property, { numRuns: 1000 });
  });
});

describe('printCStruct', () => {
  const Record = lay.struct(
    {
      a: lay.int8(),
      b: lay.float64(),
      name: lay.text(5),
      raw: lay.bytes(3),
      grid: lay.array(lay.uint16(), [2, 3]),
      z: lay.complex64(),
      on: lay.bool8(),
      side: lay.enumeration({ BUY: 1, SELL: -2 }, lay.int32()),
      inner: lay.struct({ x: lay.int32(), y: lay.int64() }, { align: 'c' }),
      many: lay.array(lay.struct({ p: lay.float32() }), [2]),
      _: lay.pad(2),
      last: lay.uint64(),
    },
    { offsets: { b: 3 }, size: 120 },
  );

  it('is parsed to the same places', () => {
    const again = parseCHeader(printCStruct(Record, 'record_t')).record_t!;
    expect(again.size).toBe(Record.size);
    for (const { name, offset, layout } of Record.fields) {
      expect([name, again.field(name).offset, again.field(name).layout.size]).toEqual([
        name,
        offset,
        layout.size,
      ]);
    }
  });

  it.skipIf(!hasGcc)('is compiled to the same places', () => {
    const places = compiled(printCStruct(Record, 'record_t'), ['record_t'], (name) => name, {
      record_t: Record as lay.Struct<object>,
    });
    expect(places.record_t).toEqual(placesOf(Record as lay.Struct<object>));
  });

  it('refuses what C cannot declare', () => {
    const wrong: Record<string, Layout> = {
      big: lay.int16({ byteOrder: 'big' }),
      odd: lay.int24(),
      bits: lay.bits(3),
      maybe: lay.optional(lay.int8(), { sentinel: 0 }),
      half: lay.float16(),
      wide: lay.text(4, { encoding: 'utf16' }),
      columns: lay.array(lay.int8(), [2, 2], { order: 'column' }),
      narrow: lay.enumeration({ a: 1 }, lay.int8()),
      'a b': lay.int8(),
    };
    for (const [name, layout] of Object.entries(wrong)) {
      expectCode('LAY_DTYPE', () => printCStruct(lay.struct({ [name]: layout }), 'x'));
    }
    expectCode('LAY_DTYPE', () => printCStruct(lay.struct({ a: lay.int8() }), '3x'));
    expectCode('LAY_DTYPE', () => printCStruct(lay.int8(), 'x'));
    expectCode('LAY_DTYPE', () =>
      printCStruct(
        lay.struct({ a: lay.int8(), b: lay.int8() }, { offsets: { b: 0 }, overlapping: true }),
        'x',
      ),
    );
  });
});
