import fc from 'fast-check';
import { expect, expectTypeOf, it } from 'vitest';
import { collect, count, max, mean, min, query, report, sum, total } from './index.js';

interface Sale {
  readonly country: string;
  readonly city: string;
  readonly year: number;
  readonly price: number;
  readonly discount: number | null;
}
const sale = (
  country: string,
  city: string,
  year: number,
  price: number,
  discount: number | null = null,
): Sale => {
  return { country, city, year, price, discount };
};
const sales = [
  sale('de', 'Berlin', 2020, 10),
  sale('fr', 'Paris', 2020, 20, 1),
  sale('de', 'Bonn', 2021, 30),
  sale('de', 'Berlin', 2021, 40, 4),
  sale('fr', 'Lyon', 2021, 50),
];
const rows = query()
  .each('s', sales)
  .attribute('country', 's.country')
  .attribute('city', 's.city')
  .attribute('price', 's.price')
  .run();

it('counts and adds up', () => {
  expect([rows.count(), rows.sum('price'), rows.mean('s.price')]).toEqual([5, 150, 30]);
  expect([rows.min('price'), rows.max('price'), rows.min('city'), rows.max('city')]).toEqual([
    10,
    50,
    'Berlin',
    'Paris',
  ]);
  // What is missing does not count.
  expect([rows.sum('s.discount'), rows.mean('s.discount'), rows.max('s.discount')]).toEqual([5, 2.5, 4]);
  expectTypeOf(rows.max('s.discount')).toEqualTypeOf<number | undefined>();
  const none = query()
    .each('n', [] as number[])
    .run();
  expect([none.count(), none.sum('n'), none.mean('n'), none.min('n'), none.max('n'), none.first()]).toEqual([
    0,
    0,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  const big = query()
    .each('n', [1n, 2n ** 70n])
    .run();
  expectTypeOf(big.sum('n')).toEqualTypeOf<bigint | 0>();
  expect([big.sum('n'), big.mean('n')]).toEqual([2n ** 70n + 1n, 2 ** 69]);
  // @ts-expect-error no number
  expect(() => rows.sum('city')).toThrow('only numbers can be added up, and "Berlin" is none');
  // @ts-expect-error not bound
  expect(() => rows.sum('prise')).toThrow('sum: there is no binding "prise"; did you mean "price"?');
});

it('orders, limits, and leaves out', () => {
  const cities = (found: Iterable<{ city: string }>) => Array.from(found, ({ city }) => city);
  expect(cities(rows.orderBy('price', 'descending').limit(2))).toEqual(['Lyon', 'Berlin']);
  expect(cities(rows.orderBy('country').orderBy('s.price', 'descending'))).toEqual([
    'Berlin',
    'Bonn',
    'Berlin',
    'Lyon',
    'Paris',
  ]);
  expect(
    cities(
      rows
        .orderBy(({ city }) => city.length)
        .offset(1)
        .limit(3),
    ),
  ).toEqual(['Lyon', 'Paris', 'Berlin']);
  expect(
    rows
      .orderBy('s.discount')
      .toArray()
      .map(({ s }) => s.discount),
  ).toEqual([null, null, null, 1, 4]);
  // Calls are a pipeline: what comes first is done first.
  expect(cities(rows.limit(2).orderBy('price', 'descending'))).toEqual(['Paris', 'Berlin']);
  expect(cities(rows.limit(3).offset(2))).toEqual(['Bonn']);
  expect([cities(rows.limit(0)), cities(rows.offset(9))]).toEqual([[], []]);
  expect(rows.offset(2).count()).toBe(3);
  const mixed = query().each('n', [1, 'x']).run();
  expect(() => [...mixed.orderBy('n')]).toThrow('there is no order between');
  expect(() => rows.limit(-1)).toThrow('limit: -1 is no number of rows');
  expect(() => rows.offset(0.5)).toThrow('offset: 0.5 is no number of rows');
  // @ts-expect-error no direction
  expect(() => rows.orderBy('price', 'down')).toThrow('"down" is no direction');
  expect(() => rows.orderBy('prise' as 'price')).toThrow('did you mean "price"');
});

it('selects and tells apart', () => {
  expect(rows.select('city', 'price').first()).toEqual({ city: 'Berlin', price: 10 });
  const made = rows.select({ town: 's.city', twice: ({ price }) => price * 2 });
  expectTypeOf(made.first()!).toEqualTypeOf<{ readonly town: string; readonly twice: number }>();
  expect(made.orderBy('twice', 'descending').first()).toEqual({ town: 'Lyon', twice: 100 });
  expect(rows.select('country').distinct().toArray()).toEqual([{ country: 'de' }, { country: 'fr' }]);
  expect(
    rows
      .distinct('city')
      .toArray()
      .map(({ price }) => price),
  ).toEqual([10, 20, 30, 50]);
  const values = [
    new Date(1),
    new Date(1),
    1,
    Number.NaN,
    Number.NaN,
    null,
    undefined,
    0,
    -0,
    new Uint8Array([1]),
  ];
  expect(
    query()
      .each('v', [...values, new Uint8Array([1]), new Uint8Array([2])])
      .run()
      .distinct()
      .count(),
  ).toBe(7);
  // @ts-expect-error not there any more
  expect(() => made.distinct('city')).toThrow('distinct: there is no binding "city" (bound: town, twice)');
});

it('groups', () => {
  const groups = rows.groupBy('country').aggregate({
    n: count(),
    all: sum('price'),
    top: max('price'),
    low: min('s.price'),
    cities: collect('city'),
  });
  expectTypeOf(groups.first()!).toMatchTypeOf<{
    country: string;
    n: number;
    all: number;
    top: number | undefined;
    cities: string[];
  }>();
  expect(groups.toArray()).toEqual([
    { country: 'de', n: 3, all: 80, top: 40, low: 10, cities: ['Berlin', 'Bonn', 'Berlin'] },
    { country: 'fr', n: 2, all: 70, top: 50, low: 20, cities: ['Paris', 'Lyon'] },
  ]);
  const years = rows.groupBy({ year: 's.year', dear: ({ price }) => price > 20 });
  const dear = years.aggregate({ mean: mean('price') }).orderBy('mean', 'descending');
  expectTypeOf(dear.first()!.dear).toEqualTypeOf<boolean>();
  expect(dear.toArray()).toEqual([
    { year: 2021, dear: true, mean: 40 },
    { year: 2020, dear: false, mean: 15 },
  ]);
  expect(rows.aggregate({ n: count(), all: sum('price') })).toEqual({ n: 5, all: 150 });
  expect(rows.groupBy().aggregate({ n: count() }).toArray()).toEqual([{ n: 5 }]);
  // @ts-expect-error no number
  rows.groupBy('country').aggregate({ all: sum('city') });
  // @ts-expect-error not bound
  expect(() => rows.groupBy('country').aggregate({ all: sum('prise') })).toThrow('did you mean "price"');
  expect(() => rows.groupBy('country').aggregate({ country: count() })).toThrow(
    '"country" is a key of the groups',
  );
  expect(() => rows.aggregate({ n: { kind: 'cuont', path: '' } as never })).toThrow('"n" is no aggregate');
});

it('rolls up: a row of totals at every level', () => {
  const table = rows.groupBy('country', 'city').rollUp({ n: count(), all: sum('price') });
  expectTypeOf(table.first()!.city).toEqualTypeOf<string | typeof total>();
  expect(table.toArray()).toEqual([
    { country: 'de', city: 'Berlin', n: 2, all: 50 },
    { country: 'de', city: 'Bonn', n: 1, all: 30 },
    { country: 'de', city: total, n: 3, all: 80 },
    { country: 'fr', city: 'Paris', n: 1, all: 20 },
    { country: 'fr', city: 'Lyon', n: 1, all: 50 },
    { country: 'fr', city: total, n: 2, all: 70 },
    { country: total, city: total, n: 5, all: 150 },
  ]);
  expect(
    query()
      .each('n', [] as number[])
      .run()
      .groupBy('n')
      .rollUp({ n2: count() })
      .toArray(),
  ).toEqual([{ n: total, n2: 0 }]);
});

it('entropy and mutual information are those of the definitions', () => {
  // A fair coin has the entropy ln 2.
  const coins = query().each('a', [0, 1]).each('b', [0, 1]).attribute('c', 'a').run();
  expect(coins.entropy('a')).toBeCloseTo(Math.log(2), 14);
  expect(coins.entropy('a', 'b')).toBeCloseTo(Math.log(4), 14);
  expect(coins.mutualInformation('a', 'b')).toBeCloseTo(0, 14);
  expect(coins.mutualInformation('a', 'c')).toBeCloseTo(Math.log(2), 14);
  expect(coins.limit(1).entropy('a')).toBe(0);
  expect(coins.limit(0).entropy('a')).toBe(0);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1 }), (pairs) => {
      const found = query().each('pair', pairs).attribute('x', 'pair.0').attribute('y', 'pair.1').run();
      const share = (holds: (pair: [number, number]) => boolean) => pairs.filter(holds).length / pairs.length;
      let entropy = 0;
      let information = 0;
      for (let x = 0; x < 4; x++) {
        const ofX = share((pair) => pair[0] === x);
        if (ofX > 0) entropy -= ofX * Math.log(ofX);
        for (let y = 0; y < 4; y++) {
          const both = share((pair) => pair[0] === x && pair[1] === y);
          if (both > 0) information += both * Math.log(both / (ofX * share((pair) => pair[1] === y)));
        }
      }
      expect(found.entropy('x')).toBeCloseTo(entropy, 10);
      expect(found.mutualInformation('x', 'y')).toBeCloseTo(information, 10);
    }),
  );
  // @ts-expect-error not bound
  expect(() => coins.entropy('d')).toThrow('entropy: there is no binding "d"');
});

it('reports rows in the manner of the original', () => {
  const named = query().each('_s', sales).attribute('where', '_s.city').attribute('price', '_s.price').run();
  expect(report(named.limit(2))).toBe('--\nprice = 10\nwhere = Berlin\n\n--\nprice = 20\nwhere = Paris\n\n');
  const table = rows.groupBy('country').rollUp({ n: count() }).limit(9);
  expect(report(table, { header: '<', footer: '>' })).toBe(
    '<\ncountry = de\nn = 3\n>\n<\ncountry = fr\nn = 2\n>\n<\ncountry = total\nn = 5\n>\n',
  );
  expect(report([])).toBe('');
});

it('rows that were handed out stay as they are', () => {
  const seen: { s: Sale }[] = [];
  rows.forEach((row) => void seen.push(row));
  expect(seen.map(({ s }) => s)).toEqual(sales);
  expect(new Set([...rows]).size).toBe(5);
  expect([...rows.distinct('city')].map(({ s }) => s.price)).toEqual([10, 20, 30, 50]);
});

it('sorting, groups and totals agree with plain arrays', () => {
  const row = fc.record({ a: fc.nat(3), b: fc.option(fc.nat(3)), c: fc.integer({ min: -9, max: 9 }) });
  fc.assert(
    fc.property(fc.array(row), fc.nat(5), fc.nat(5), (data, offset, limit) => {
      const found = query()
        .each('r', data)
        .attribute('a', 'r.a')
        .attribute('b', 'r.b')
        .attribute('c', 'r.c')
        .run();
      const sorted = [...data].sort((x, y) => x.a - y.a || y.c - x.c);
      const page = found.orderBy('a').orderBy('c', 'descending').offset(offset).limit(limit);
      expect(page.toArray().map(({ r }) => r)).toEqual(sorted.slice(offset, offset + limit));
      const keys = new Map<string, number>();
      for (const { a, b, c } of data) {
        for (const key of [`${a}/${b}`, `${a}/total`, 'total/total']) keys.set(key, (keys.get(key) ?? 0) + c);
      }
      if (data.length === 0) keys.set('total/total', 0);
      const show = (value: unknown) => (value === total ? 'total' : String(value));
      const rolled = found
        .groupBy('a', 'b')
        .rollUp({ c: sum('r.c') })
        .toArray();
      expect(new Map(rolled.map(({ a, b, c }) => [`${show(a)}/${show(b)}`, c]))).toEqual(keys);
      expect(rolled).toHaveLength(keys.size);
    }),
  );
});
