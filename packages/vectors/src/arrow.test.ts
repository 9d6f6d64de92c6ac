import { enumeration, float64, int16, int32, int64, optional, struct, text, uint8 } from '@terrane/layout';
import { temporaryFolder } from '@terrane/oracles';
import { Binary, Table, tableFromArrays, tableFromIPC, tableToIPC, vectorFromArray } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { recordsFromArrow, toArrow } from './arrow.js';
import { expectCode } from './expect-code.fixture.js';
import { createRecords, mapVector, temporaryRecords, temporaryVector } from './index.js';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

describe('vectors', () => {
  it('are shown without a copy where Arrow has them alike', () => {
    using v = temporaryVector(Float64Array.of(1, 2, 3));
    const arrow = toArrow(v);
    expect([...arrow]).toEqual([1, 2, 3]);
    v.set(1, 9);
    expect(arrow.get(1)).toBe(9);
    using big = temporaryVector(BigInt64Array.of(-1n, 2n));
    expect([...toArrow(big)]).toEqual([-1n, 2n]);
    using none = temporaryVector(new Float64Array(0));
    expect(toArrow(none).length).toBe(0);
  });

  it('are copied where it has them otherwise', () => {
    using swapped = temporaryVector([1, -2], int16({ byteOrder: 'big' }));
    expect([...toArrow(swapped)]).toEqual([1, -2]);
    using optionals = temporaryVector<number | null>([1, null], optional(int32(), { sentinel: -1 }));
    expect([...toArrow(optionals)]).toEqual([1, null]);
    using words = temporaryVector(['a', 'b', 'a', 'a']);
    expect([[...toArrow(words)], String(toArrow(words).type)]).toEqual([
      ['a', 'b', 'a', 'a'],
      expect.stringContaining('Dictionary'),
    ]);
    using flags = temporaryVector([true, false]);
    expect([...toArrow(flags)]).toEqual([true, false]);
    using records = mapVector(temporaryVector([1]).mapping.target!, struct({ a: uint8() }));
    expectCode('VEC_TYPE', () => toArrow(records));
  });
});

describe('tables', () => {
  const Row = struct({
    n: int32(),
    x: float64(),
    side: enumeration({ buy: 1, sell: 2 }, uint8()),
    at: int64(),
    note: optional(text(4), { sentinel: '' }),
  });

  it('go to Arrow and its files, and come back', () => {
    const columns = {
      n: [1, 2, 3],
      x: [0.5, 1.5, Number.NaN],
      side: ['buy', 'sell', 'buy'] as ('buy' | 'sell')[],
      at: [1n, -2n, 2n ** 60n],
      note: ['a', null, 'ccc'],
    };
    using table = temporaryRecords(columns, Row);
    const ipc = tableFromIPC(tableToIPC(toArrow(table)));
    expect(ipc.getChild('note')!.toJSON()).toEqual(['a', null, 'ccc']);
    using back = recordsFromArrow(ipc, folder.join('back'));
    expect(back.records()).toEqual(table.records());
  });

  it('come from any Arrow table of numbers, booleans and text', () => {
    const arrow = tableFromArrays({
      a: Uint8Array.of(1, 255),
      b: Float32Array.of(0.5, -1),
      c: BigUint64Array.of(1n, 2n ** 64n - 1n),
      d: ['é', 'bb'],
      e: Int16Array.of(-1, 1),
    });
    using table = recordsFromArrow(arrow, folder.join('any'));
    expect(table.records()).toEqual([
      { a: 1, b: 0.5, c: 1n, d: 'é', e: -1 },
      { a: 255, b: -1, c: 2n ** 64n - 1n, d: 'bb', e: 1 },
    ]);
    using bools = recordsFromArrow(
      new Table({ yes: vectorFromArray([true, null, false]) }),
      folder.join('bools'),
    );
    expect(bools.records()).toEqual([{ yes: true }, { yes: null }, { yes: false }]);
    const binary = new Table({ raw: vectorFromArray([Uint8Array.of(1)], new Binary()) });
    expectCode('VEC_TYPE', () => recordsFromArrow(binary, folder.join('binary')));
  });

  it('are copied, so they outlive the file', () => {
    const table = createRecords(folder.join('short'), { a: [1, 2] });
    const arrow = toArrow(table);
    table.close();
    expect(arrow.getChild('a')!.toJSON()).toEqual([1, 2]);
  });
});
