import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  enumeration,
  float64,
  int8,
  int16,
  int24,
  int32,
  int64,
  type Layout,
  optional,
  struct,
  text,
  uint8,
} from '@terrane/layout';
import { hasPython, python, temporaryFolder } from '@terrane/oracles';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import {
  createStrings,
  createVector,
  mapBits,
  mapStrings,
  mapVector,
  reopenVector,
  temporaryRecords,
  temporaryVector,
  type VectorDescription,
} from './index.js';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;
const path = () => folder.join(`v${files++}`);

describe('selections', () => {
  it('agree with plain arrays, and put stores what take gives', () => {
    const property = fc.property(
      fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 40 }),
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.nat()),
      (values, a, b, step, picks) => {
        using v = temporaryVector(values, int8());
        const [start, stop] = [a % (values.length + 1), b % (values.length + 1)].sort((x, y) => x - y) as [
          number,
          number,
        ];
        expect([...v.take({ start, stop })]).toEqual(values.slice(start, stop));
        expect([...v.take({ start, stop, step })]).toEqual(
          values.slice(start, stop).filter((_, i) => i % step === 0),
        );
        const positions = picks.map((pick) => pick % values.length);
        expect([...v.take(positions)]).toEqual(positions.map((i) => values[i]));
        expect([...v.take(Uint32Array.from(positions))]).toEqual(positions.map((i) => values[i]));
        const mask = values.map((value) => value > 0);
        expect([...v.take(mask)]).toEqual(values.filter((value) => value > 0));
        expect([...v.take({ except: positions })]).toEqual(values.filter((_, i) => !positions.includes(i)));
        const replaced = values.map((value, i) => (mask[i] ? -value : value));
        v.put(
          mask,
          values.filter((value) => value > 0).map((value) => -value),
        );
        expect([...v]).toEqual(replaced);
        v.fill(5, { start, stop });
        expect([...v]).toEqual(replaced.map((value, i) => (i >= start && i < stop ? 5 : value)));
      },
    );
    fc.assert(property);
  });

  it('refuse what is none', () => {
    using v = temporaryVector([1, 2, 3]);
    for (const selection of [
      { start: -1 },
      { stop: 4 },
      { start: 2, stop: 1 },
      { step: 0 },
      { step: 0.5 },
      { start: Number.NaN },
      [3],
      [-1],
      [Number.NaN],
      [0.5],
      ['0'],
    ]) {
      expectCode('VEC_INDEX', () => v.take(selection as number[]));
    }
    for (const selection of [3, 'all', null, { from: 1 }]) {
      expect(() => v.take(selection as unknown as number[])).toThrow(TypeError);
    }
    for (const count of [0.5, Number.NaN]) {
      expectCode('VEC_INDEX', () => v.head(count));
      expectCode('VEC_INDEX', () => v.tail(count));
    }
  });
});

describe('whole vectors', () => {
  it('sum, mean, least and greatest agree with NumPy over several blocks', () => {
    const values = Float64Array.from({ length: 100_003 }, (_, i) => Math.sin(i) * 1e6 + 0.1);
    using v = temporaryVector(values);
    const naive = values.reduce((a, b) => a + b, 0);
    expect(v.sum()).toBeCloseTo(naive, 4);
    expect([v.min(), v.max()]).toEqual([
      values.reduce((a, b) => Math.min(a, b)),
      values.reduce((a, b) => Math.max(a, b)),
    ]);
    expect(v.mean()).toBeCloseTo(naive / values.length, 8);
    // The error must not grow with the length.
    using tenths = temporaryVector(new Float64Array(1_000_000).fill(0.1));
    expect(Math.abs((tenths.sum() as number) - 100_000)).toBeLessThan(1e-9);
    using tiny = temporaryVector(Float64Array.of(1e100, 1, -1e100));
    expect([tiny.sum()]).toEqual([0]);
    using none = temporaryVector(new Float64Array(0));
    expect([none.sum(), none.mean(), none.min(), none.max()]).toEqual([0, undefined, undefined, undefined]);
  });

  it('are exact for 64-bit integers, and say so of NaN, infinity and missing values', () => {
    using big = temporaryVector(BigInt64Array.of(2n ** 62n, 2n ** 62n, 2n ** 62n, 1n));
    expect([big.sum(), big.min(), big.max()]).toEqual([3n * 2n ** 62n + 1n, 1n, 2n ** 62n]);
    using nan = temporaryVector(Float64Array.of(1, Number.NaN, 3));
    expect([nan.sum(), nan.min(), nan.max()]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    using infinite = temporaryVector(Float64Array.of(1, Number.POSITIVE_INFINITY));
    expect([infinite.sum(), infinite.max()]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    using missing = temporaryVector<number | null>([1, null, 3], optional(float64(), { sentinel: 'r-na' }));
    expect([
      missing.sum(),
      missing.mean(),
      missing.sum({ missing: 'skip' }),
      missing.mean({ missing: 'skip' }),
    ]).toEqual([null, null, 4, 2]);
    using flags = temporaryVector([true, false, true]);
    expect(flags.sum()).toBe(2);
    using words = temporaryVector(['a']);
    expectCode('VEC_TYPE', () => words.sum());
    expect(() => missing.sum({ missing: 'ignore' as 'skip' })).toThrow(TypeError);
  });

  it('histograms and quantiles', async () => {
    using v = temporaryVector(Int16Array.of(1, 2, 2, 3, 10, -5), int16());
    expect(await v.histogram({ edges: [0, 2, 3, 10] })).toEqual({
      edges: [0, 2, 3, 10],
      counts: [1, 2, 2],
      below: 1,
      above: 0,
    });
    expect((await v.histogram({ bins: 5, min: 0, max: 5 })).counts).toEqual([0, 1, 2, 1, 0]);
    expect(await v.quantiles([0, 0.5, 1])).toEqual([-5, 2, 10]);
    using nan = temporaryVector(Float64Array.of(1, Number.NaN));
    expect(await nan.quantiles([0.5])).toEqual([Number.NaN]);
    using none = temporaryVector(new Float64Array(0));
    expect(await none.quantiles([0.5])).toEqual([undefined]);
    for (const p of [-0.1, 1.1, Number.NaN]) await expect(v.quantiles([p])).rejects.toThrow(RangeError);
    for (const edges of [[], [1], [2, 1], [1, 1]])
      await expect(v.histogram({ edges })).rejects.toThrow(RangeError);
    await expect(v.histogram({ bins: 0, min: 0, max: 1 })).rejects.toThrow(RangeError);
    using words = temporaryVector(['a']);
    await expect(words.quantiles([0.5])).rejects.toMatchObject({ code: 'VEC_TYPE' });
    await expect(words.histogram({ edges: [0, 1] })).rejects.toMatchObject({ code: 'VEC_TYPE' });
  });

  it('quantiles are those of a sorted array', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (values, p) => {
        using v = temporaryVector(values);
        const sorted = Float64Array.from(values).sort();
        const place = p * (values.length - 1);
        const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
        const expected = below === above ? below : below + (above - below) * (place - Math.floor(place));
        expect((await v.quantiles([p]))[0]! + 0).toBe(expected + 0);
      },
    );
    await fc.assert(property);
  });

  it.skipIf(!hasNumpy())('NumPy says the same', async () => {
    const values = Float64Array.from({ length: 40_000 }, (_, i) => Math.fround(Math.tan(i)));
    const name = path();
    using v = createVector(name, values);
    const probabilities = [0, 0.01, 0.25, 0.5, 0.9, 0.999, 1];
    const theirs = JSON.parse(
      python(
        `
      import numpy
      m = numpy.memmap(args['name'], numpy.float64, 'r')
      counts, edges = numpy.histogram(m, args['edges'])
      print(json.dumps({'sum': float(m.sum()), 'min': float(m.min()), 'max': float(m.max()),
        'quantiles': numpy.quantile(m, args['p']).tolist(), 'counts': counts.tolist(),
        'below': numpy.flatnonzero(m < -2).tolist(), 'equal': numpy.flatnonzero(m == m[17]).tolist()}))`,
        { name, p: probabilities, edges: [-10, -1, 0, 0.5, 20] },
      ),
    );
    const { counts } = await v.histogram({ edges: [-10, -1, 0, 0.5, 20] });
    expect(counts).toEqual(theirs.counts);
    expect((v.sum() as number) / theirs.sum).toBeCloseTo(1, 12);
    expect([v.min(), v.max()]).toEqual([theirs.min, theirs.max]);
    for (const [i, value] of (await v.quantiles(probabilities)).entries())
      expect(value! / theirs.quantiles[i]).toBeCloseTo(1, 12);
    expect([...v.where('<', -2)]).toEqual(theirs.below);
    expect([...v.where('==', v.get(17))]).toEqual(theirs.equal);
  });

  it('let other code run, tell their progress, and end when they are told to', async () => {
    using v = temporaryVector(new Float64Array(3_000_000).fill(1));
    const progress: number[] = [];
    let others = 0;
    const ticking = setInterval(() => others++, 0);
    const { sum, count } = await v.summary({ onProgress: (done) => progress.push(done) });
    clearInterval(ticking);
    expect([sum, count, progress.at(-1)]).toEqual([3_000_000, 3_000_000, 3_000_000]);
    expect(progress.length).toBeGreaterThan(2);
    const controller = new AbortController();
    const reason = { why: 'bored' };
    const work = v.whereAsync('>', 0, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(work).rejects.toBe(reason);
    await expect(v.quantiles([0.5], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const running = v.whereAsync('>', 0);
    expectCode('MAP_PINNED', () => v.close());
    expect((await running).length).toBe(3_000_000);
    await sleep(0);
    await expect(v.whereAsync('>', 0, { sginal: undefined } as object)).rejects.toThrow(/signal/);
  });
});

describe('comparisons', () => {
  it('of enumerations are by member, and refuse what is none', () => {
    using v = temporaryVector<'buy' | 'sell'>(
      ['buy', 'sell', 'buy'],
      enumeration({ sell: 0, buy: 1 }, uint8()),
    );
    expect([...v.where('==', 'buy')]).toEqual([0, 2]);
    expect([...v.where('!=', 'buy')]).toEqual([1]);
    expectCode('LAY_ENUM', () => v.where('==', 'byu' as 'buy'));
    expectCode('VEC_OPERAND', () => v.where('<', 'buy'));
  });

  it('refuse operators and values that elements do not have', () => {
    using numbers = temporaryVector([1]);
    using words = temporaryVector(['a']);
    using flags = temporaryVector([true]);
    const cases: [{ where(operator: '<', value: unknown): unknown }, string, unknown][] = [
      [numbers, '<', '1'],
      [numbers, '=', 1],
      [numbers, 'toString', 1],
      [numbers, '<', null],
      [numbers, '<', undefined],
      [numbers, '==', {}],
      [words, '==', 1],
      [flags, '==', 1],
      [flags, '<', 'x'],
    ];
    for (const [v, operator, value] of cases)
      expectCode('VEC_OPERAND', () => v.where(operator as '<', value));
    expect([...flags.where('<', true)]).toEqual([]);
    expect([...numbers.where('==', 1n)]).toEqual([0]);
    expect([...numbers.where('==', 2n ** 53n + 1n)]).toEqual([]);
    expect([...numbers.where('<', 2n ** 53n + 1n)]).toEqual([0]);
  });
});

it('missing values are left out alike, however they are stored', async () => {
  const layouts: Layout<number | null>[] = [
    optional(int32(), { sentinel: -7 }),
    optional(int16({ byteOrder: 'big' }), { sentinel: 3 }),
    optional(float64(), { sentinel: Number.NaN }),
    optional(float64(), { sentinel: 'r-na' }),
    optional(float64(), { sentinel: 5 }),
    optional(int8(), { validity: 'bit' }),
  ];
  const value = fc.oneof(fc.constant(null), fc.integer({ min: -2, max: 2 }));
  const property = fc.asyncProperty(
    fc.constantFrom(...layouts),
    fc.array(value, { minLength: 1, maxLength: 40 }),
    fc.integer({ min: -3, max: 3 }),
    async (layout, values, bound) => {
      using v = temporaryVector(values, layout);
      const where = (test: (x: number) => boolean) =>
        values.flatMap((x, i) => (x !== null && test(x) ? [i] : []));
      expect([...v.where('<', bound)]).toEqual(where((x) => x < bound));
      expect([...v.where('!=', bound)]).toEqual(where((x) => x !== bound));
      expect([...v.where('<=', 100)]).toEqual(where(() => true));
      expect([...v.where('==', null)]).toEqual(values.flatMap((x, i) => (x === null ? [i] : [])));
      const there = values.filter((x) => x !== null);
      const sum = there.reduce((a, b) => a + b, 0);
      expect(await v.summary({ missing: 'skip' })).toMatchObject({
        count: there.length,
        missing: values.length - there.length,
        sum,
      });
      expect(v.sum()).toBe(there.length < values.length ? null : sum);
      const { counts } = await v.histogram({ edges: [-10, 0, 10] });
      expect(counts).toEqual([there.filter((x) => x < 0).length, there.filter((x) => x >= 0).length]);
      expect(await v.quantiles([0, 1])).toEqual(
        there.length === 0 ? [undefined, undefined] : [Math.min(...there), Math.max(...there)],
      );
      using table = temporaryRecords({ x: values }, struct({ x: layout }));
      expect([...table.where({ x: { lt: bound, ne: 0 } })]).toEqual(where((x) => x < bound && x !== 0));
      expect([...table.where({ x: { ne: bound } })]).toEqual(where((x) => x !== bound));
    },
  );
  await fc.assert(property);
});

describe('zero-copy views', () => {
  it('are the file itself where they can be', () => {
    using v = temporaryVector(Float64Array.of(1, 2, 3));
    const view = v.view(1) as Float64Array;
    view[0] = 9;
    expect(v.get(1)).toBe(9);
    using swapped = mapVector(path2(new Uint8Array(8)), float64({ byteOrder: 'big' }));
    expectCode('VEC_TYPE', () => swapped.view());
    expectCode('VEC_INDEX', () => v.view(2, 5));
  });
});

it('descriptions bring a vector back, also in a worker', async () => {
  const name = path();
  using v = createVector(name, [1, 2, 3, 4], int16({ byteOrder: 'big' }), {
    shape: [2, 2],
    order: 'column',
    names: [['a', 'b'], null],
  });
  const description: VectorDescription = JSON.parse(JSON.stringify(v.describe()));
  using again = reopenVector(description);
  expect([again.get(['b', 1]), again.shape, again.order]).toEqual([4, [2, 2], 'column']);
  const bits = mapBits(name);
  using bitsAgain = reopenVector(bits.describe());
  expect(bitsAgain.length).toBe(64);
  bits.close();
  using strings = createStrings(path(), ['a', null], { missing: '-' });
  using stringsAgain = reopenVector(strings.describe());
  expect([...stringsAgain]).toEqual(['a', null]);
  expectCode('VEC_DESCRIPTION', () => reopenVector(null as unknown as VectorDescription));
  for (const wrong of [
    {},
    { ...description, elements: null },
    { ...description, elements: 3 },
    { ...description, shape: 4 },
  ]) {
    expectCode('VEC_DESCRIPTION', () => reopenVector(wrong as VectorDescription));
  }
  const noLayout = { ...description, elements: {} } as VectorDescription;
  expectCode('LAY_DESCRIPTION', () => reopenVector(noLayout));
  expect(await inWorker('take', description)).toEqual([1, 2, 3, 4]);
  using extracting = mapVector(name, int16(), { extract: String });
  expectCode('VEC_TYPE', () => extracting.describe());
});

it('values that lie in the file themselves are stored as they were', () => {
  using v = temporaryVector([1, 2, 3, 4]);
  v.put({ start: 1 }, v.view(0, 3) as Float64Array);
  expect([...v]).toEqual([1, 1, 2, 3]);
  v.put([3, 2, 1, 0], v.view() as Float64Array);
  expect([...v]).toEqual([3, 2, 1, 1]);
  using small = temporaryVector([1, 2, 3], uint8());
  expectCode('LAY_RANGE', () => small.put({ start: 1 }, Int16Array.of(5, 300)));
  expect([...small]).toEqual([1, 2, 3]);
});

it('what is borrowed does not close what it comes from', () => {
  using v = temporaryVector([1, 2]);
  {
    using bytes = v.as(uint8());
    expect(bytes.length).toBe(16);
  }
  expect(v.get(1)).toBe(2);
});

it('conversions to bigint are summed as such', () => {
  using v = temporaryVector([1, 2]);
  using big = mapVector(v.mapping.target!, float64(), { extract: (x) => BigInt(x) });
  expect([big.sum(), big.min()]).toEqual([3n, 1n]);
  using mixture = mapVector(v.mapping.target!, float64(), { extract: (x): unknown => (x === 1 ? 1n : 2) });
  expectCode('VEC_TYPE', () => mixture.sum());
});

it('several workers share the work on one file', async () => {
  using v = createVector(
    path(),
    Float64Array.from({ length: 100_000 }, (_, i) => i),
    undefined,
    { shape: [2, 50_000] },
  );
  const parts = [0, 1, 2].map((k) => v.describe(k * 40_000, Math.min(40_000, 100_000 - k * 40_000)));
  const summaries = await Promise.all(parts.map((part) => inWorker('sum', part)));
  expect(summaries).toEqual([799_980_000, 2_399_980_000, 1_799_990_000]);
  expect(summaries.reduce((a: number, b) => a + (b as number), 0)).toBe(v.sum());
  using end = reopenVector(v.describe(99_998));
  expect([...end]).toEqual([99_998, 99_999]);
  expectCode('VEC_INDEX', () => v.describe(99_999, 2));
  using bits = mapBits(path2('ab'));
  expectCode('VEC_TYPE', () => bits.describe(0, 3));
});

it('values find their layout', () => {
  const cases: [ArrayLike<unknown>, Layout, string][] = [
    [Uint8Array.of(1), uint8(), 'uint8'],
    [Int32Array.of(1), int32(), 'int32'],
    [BigInt64Array.of(1n), int64(), 'int64'],
    [[1.5], float64(), 'float64'],
    [[1n], int64(), 'int64'],
    [[true], uint8(), 'bool8'],
    [['ab', 'c'], text(2), 'text'],
  ];
  for (const [values, , type] of cases) {
    using v = temporaryVector(values);
    expect((v.describe().elements as { layout: { type: string } }).layout.type).toBe(type);
    expect([...v]).toEqual([...(values as unknown[])]);
  }
  for (const values of [[], [1, 'a'], [null], [{}], [undefined]])
    expectCode('VEC_VALUES', () => temporaryVector<unknown>(values));
  expectCode('VEC_VALUES', () => createStrings(path(), ['a', null]));
  expectCode('VEC_VALUES', () => createStrings(path(), ['-'], { missing: '-' }));
  expectCode('VEC_READ_ONLY', () => mapStrings(path2('a\0')).set(0, 'b'));
  using odd = temporaryVector([1, -1], int24());
  expect([...odd]).toEqual([1, -1]);
});

/** What a worker thread makes of a described vector. */
function inWorker(what: 'take' | 'sum', description: VectorDescription): Promise<unknown> {
  const fixture = JSON.stringify(new URL('worker.fixture.ts', import.meta.url).href);
  const load = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${fixture}, ${fixture}))`;
  const worker = new Worker(load, {
    eval: true,
    workerData: { what, description },
    execArgv: ['--conditions=@terrane/source'],
  });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function path2(bytes: Uint8Array | string): string {
  const name = path();
  writeFileSync(name, bytes);
  return name;
}

function hasNumpy(): boolean {
  try {
    return hasPython && python('import numpy; print(1)').trim() === '1';
  } catch {
    return false;
  }
}
