import { readFileSync, statSync, writeFileSync } from 'node:fs';
import {
  enumeration,
  float64,
  int32,
  int64,
  optional,
  pad,
  struct,
  text,
  uint8,
  uint16,
} from '@terrane/layout';
import { temporaryFolder } from '@terrane/oracles';
import fc from 'fast-check';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import { createRecords, mapRecords, type RecordTable, reopenRecords, temporaryRecords } from './index.js';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;
const path = () => folder.join(`t${files++}`);

const Trade = struct({
  id: uint16(),
  side: enumeration({ buy: 1, sell: 2 }, uint8()),
  price: float64(),
  _: pad(3),
  at: int64(),
  note: optional(text(4), { sentinel: '' }),
});
type Trade = { id: number; side: 'buy' | 'sell'; price: number; at: bigint; note: string | null };

const trade = fc.record({
  id: fc.nat(50),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  price: fc.oneof(fc.double({ noDefaultInfinity: true }), fc.integer({ min: -3, max: 3 })),
  at: fc.bigInt({ min: -5n, max: 5n }),
  note: fc.constantFrom(null, 'a', 'bb', 'c'),
});

function tableOf(trades: readonly Trade[]): RecordTable<Trade> {
  const column = <Name extends keyof Trade>(name: Name) => trades.map((one) => one[name]);
  return temporaryRecords<Trade>(
    {
      id: column('id'),
      side: column('side'),
      price: column('price'),
      at: column('at'),
      note: column('note'),
    },
    Trade,
  );
}

describe('where', () => {
  it('agrees with a filter over plain objects', () => {
    const property = fc.property(fc.array(trade, { maxLength: 60 }), trade, trade, (trades, low, high) => {
      using table = tableOf(trades);
      const expected = (test: (one: Trade) => boolean) => trades.flatMap((one, i) => (test(one) ? [i] : []));
      expect([...table.where({})]).toEqual(expected(() => true));
      expect([...table.where({ price: { gt: low.price, lte: high.price }, side: 'buy' })]).toEqual(
        expected(({ price, side }) => price > low.price && price <= high.price && side === 'buy'),
      );
      expect([...table.where({ id: { gte: low.id }, price: { ne: high.price } })]).toEqual(
        expected(({ id, price }) => id >= low.id && price !== high.price),
      );
      expect([...table.where({ at: { lt: low.at }, id: { in: [1, 2, low.id] } })]).toEqual(
        expected(({ id, at }) => at < low.at && [1, 2, low.id].includes(id)),
      );
      expect([...table.where({ note: null })]).toEqual(expected(({ note }) => note === null));
      expect([...table.where({ note: { ne: null, gt: 'a' } })]).toEqual(
        expected(({ note }) => note !== null && note > 'a'),
      );
      expect([...table.where({ price: 0 })]).toEqual(expected(({ price }) => price === 0));
    });
    fc.assert(property);
  });

  it('crosses blocks, and can be interrupted', async () => {
    const count = 50_000;
    using table = temporaryRecords({
      n: Int32Array.from({ length: count }, (_, i) => i),
      odd: Array.from({ length: count }, (_, i) => i % 2 === 1),
    });
    expect([...table.where({ n: { gte: 16_383, lt: 16_387 } })]).toEqual([16_383, 16_384, 16_385, 16_386]);
    expect(table.where({ odd: true, n: { gte: 40_000 } }).length).toBe(5000);
    const seen: number[] = [];
    const found = await table.whereAsync({ odd: true }, { onProgress: (done) => seen.push(done) });
    expect([found.length, seen.at(-1), seen.length]).toEqual([25_000, count, 4]);
    const controller = new AbortController();
    const reason = new Error('enough');
    await expect(
      table.whereAsync(
        { odd: true },
        { signal: controller.signal, onProgress: () => controller.abort(reason) },
      ),
    ).rejects.toBe(reason);
    await expect(table.whereAsync({ odd: true }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('refuses fields and comparisons that there are not', () => {
    using table = tableOf([{ id: 1, side: 'buy', price: 1, at: 1n, note: null }]);
    const wrong = (conditions: object) => expectCode('VEC_OPERAND', () => table.where(conditions));
    wrong({ price: '1' });
    wrong({ price: { gt: null } });
    wrong({ side: 1 });
    wrong({ note: { lt: 3 } });
    wrong({ id: { in: 3 } });
    expect(wrong({ id: { gtr: 3 } }).hint).toContain('gt');
    expectCode('LAY_FIELD', () => table.where({ prices: 1 } as object));
    expect(() => table.where(null as unknown as object)).toThrow(TypeError);
  });
});

describe('rows and columns', () => {
  const trades: Trade[] = Array.from({ length: 10 }, (_, i) => ({
    id: i,
    side: i % 2 ? 'sell' : 'buy',
    price: i / 2,
    at: BigInt(i),
    note: i === 3 ? null : `n${i}`,
  }));

  it('are live, projected and taken', () => {
    using table = tableOf(trades);
    expect(table.length).toBe(10);
    expect(table.names).toEqual(['id', 'side', 'price', 'at', 'note']);
    const row = table.at(4);
    row.price = 99;
    expect(table.get(4).price).toBe(99);
    expect(table.column('price').get(4)).toBe(99);
    expect(table.records([4, 3], ['id', 'note'])).toEqual([
      { id: 4, note: 'n4' },
      { id: 3, note: null },
    ]);
    const columns = table.take({ start: 8 }, ['price', 'at']);
    expectTypeOf(columns.at[0]!).toEqualTypeOf<bigint>();
    expect(columns).toEqual({ price: Float64Array.of(4, 4.5), at: BigInt64Array.of(8n, 9n) });
    expect([table.head(1), table.tail(1)].flat().map(({ id }) => id)).toEqual([0, 9]);
    expect(table.head(-8).length).toBe(2);
    expect([...table].map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const prices = table.column('price');
    prices.fill(0, { start: 1 });
    expect(prices.sum()).toBe(0);
    expect(table.column('note').sum.bind(table.column('note'))).toThrow(/no sum/);
    expectCode('VEC_TYPE', () => prices.resize(3));
    expectCode('VEC_TYPE', () => prices.as(int32()));
    expectCode('VEC_TYPE', () => prices.view());
  });

  it('can be put in order, and searched by it', () => {
    const property = fc.property(
      fc.array(trade, { maxLength: 40 }),
      fc.boolean(),
      trade,
      (list, descending, wanted) => {
        using table = tableOf(list);
        const byAt = [...list.keys()].sort(
          (a, b) => (descending ? -1 : 1) * Number(list[a]!.at - list[b]!.at) || a - b,
        );
        expect([...table.order('at', { descending })]).toEqual(byAt);
        table.sort('price');
        const prices = list.map(({ price }) => price);
        const sorted = [
          ...prices.filter((price) => !Number.isNaN(price)).sort((a, b) => a - b),
          ...prices.filter(Number.isNaN),
        ];
        expect([...table.column('price').take()].map((x) => x + 0)).toEqual(sorted.map((x) => x + 0));
        if (Number.isNaN(wanted.price)) return;
        const first = sorted.findIndex((price) => !(price < wanted.price));
        const behind = sorted.findIndex((price) => !(price <= wanted.price));
        expect(table.search('price', wanted.price)).toBe(first < 0 ? list.length : first);
        expect(table.search('price', wanted.price, { after: true })).toBe(behind < 0 ? list.length : behind);
      },
    );
    fc.assert(property);
    using table = tableOf(trades);
    expect([...table.order('note')]).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 3]);
    expectCode('VEC_OPERAND', () => table.search('price', 'x' as unknown as number));
  });
});

describe('append', () => {
  const Row = struct({ n: int32(), half: float64() });

  it('grows the file in few steps, keeps live rows, and trims it at close', () => {
    const name = path();
    writeFileSync(name, '');
    const sizes = new Set<number>();
    {
      using table = mapRecords(name, Row, { mode: 'read-write' });
      table.append({ n: -1, half: 0.5 });
      const first = table.at(0);
      for (let i = 1; i < 30_000; i++) {
        table.append({ n: i, half: i / 2 });
        if (i % 100 === 0) sizes.add(statSync(name).size);
      }
      expect(table.length).toBe(30_000);
      // Of a copy, old rows do not outlive growth.
      (table.mapping.native ? first : table.at(0)).n = 7;
      expect(table.get(0).n).toBe(7);
      expect(table.column('n').sum()).toBe((29_999 * 30_000) / 2 + 7);
      expect([...table.where({ n: { gte: 29_998 } })]).toEqual([29_998, 29_999]);
      expectCode('VEC_INDEX', () => table.get(30_000));
    }
    expect(statSync(name).size).toBe(30_000 * Row.size);
    expect(sizes.size).toBeLessThan(10);
    using again = mapRecords(name, Row);
    expect(again.get(29_999)).toEqual({ n: 29_999, half: 14_999.5 });
    expectCode('VEC_READ_ONLY', () => again.append({ n: 1, half: 1 }));
  });

  it('loses no bytes that are behind the records', () => {
    const name = path();
    writeFileSync(name, new Uint8Array(2 * Row.size + 5).fill(9));
    using table = mapRecords(name, Row, { mode: 'read-write' });
    expectCode('VEC_GROW', () => table.append({ n: 1, half: 1 }));
    using part = mapRecords(name, Row, { mode: 'read-write', length: 1 });
    expectCode('VEC_GROW', () => part.append({ n: 1, half: 1 }));
    using own = mapRecords(name, Row, { mode: 'copy-on-write' });
    expectCode('VEC_READ_ONLY', () => own.append({ n: 1, half: 1 }));
    expect(readFileSync(name).every((byte) => byte === 9)).toBe(true);
  });
});

it('a table comes back from its description', () => {
  using table = createRecords(path(), { a: [1, 2], b: ['x', 'yy'] });
  const again = reopenRecords(JSON.parse(JSON.stringify(table.describe())));
  expect(again.records()).toEqual([
    { a: 1, b: 'x' },
    { a: 2, b: 'yy' },
  ]);
  again.close();
  expectCode('VEC_DESCRIPTION', () => reopenRecords({} as Parameters<typeof reopenRecords>[0]));
  expect(() => mapRecords(path(), int32() as never)).toThrow(TypeError);
});
