import { expect, it } from 'vitest';
import { canonical, withoutPadding } from './canonical.js';
import { compareFile } from './compare-file.js';
import type { Found, Value } from './messages.js';

const ones = canonical('integer', [2], Int8Array.of(1, 1));
const twos = canonical('integer', [2], Int8Array.of(2, 2));

/** Compares one dataset, as the library and as we found it. */
function compare(theirs: Found, ours: Found, opinion?: Value) {
  const item = { path: '/x', kind: 'dataset' } as const;
  const { equal, refused, unverified, wrong, doubtful, broken } = compareFile(
    'a.h5',
    { items: [{ ...item, found: theirs }] },
    { items: [{ ...item, found: ours }] },
    (wanted) => wanted.map(() => opinion),
  );
  return {
    equal,
    refused,
    unverified,
    wrong: wrong.length,
    doubtful: doubtful.length,
    broken: broken.length,
  };
}

const nothing = { equal: 0, refused: {}, unverified: {}, wrong: 0, doubtful: 0, broken: 0 };
const foreign = { error: { message: 'unsupported' } };

it('counts equal values, and other values as wrong', () => {
  expect(compare({ value: ones }, { value: ones })).toEqual({ ...nothing, equal: 1 });
  expect(compare({ value: ones }, { value: twos })).toEqual({ ...nothing, wrong: 1 });
  const reshaped = canonical('integer', [1, 2], Int8Array.of(1, 1));
  expect(compare({ value: ones }, { value: reshaped })).toEqual({ ...nothing, wrong: 1 });
});

it('believes a third opinion that agrees with us, and no other', () => {
  expect(compare({ value: ones }, { value: twos }, twos)).toEqual({ ...nothing, equal: 1 });
  expect(compare({ value: ones }, { value: twos }, ones)).toEqual({ ...nothing, wrong: 1 });
  expect(compare(foreign, { value: twos }, twos)).toEqual({ ...nothing, equal: 1 });
  expect(compare(foreign, { value: twos }, ones)).toEqual({ ...nothing, wrong: 1 });
  expect(compare(foreign, { value: twos })).toEqual({
    ...nothing,
    unverified: { 'libhdf5 refuses integer': 1 },
  });
});

it('counts refusals by the name of the feature, and doubts those without one', () => {
  const named = { error: { message: 'no', code: 'H5_UNSUPPORTED', feature: 'chunked layout' } };
  expect(compare({ value: ones }, named)).toEqual({
    ...nothing,
    refused: { 'H5_UNSUPPORTED: chunked layout': 1 },
  });
  const unnamed = { error: { message: 'no', code: 'H5_BAD_VALUE' } };
  expect(compare({ value: ones }, unnamed)).toEqual({
    ...nothing,
    refused: { H5_BAD_VALUE: 1 },
    doubtful: 1,
  });
  expect(compare(foreign, unnamed)).toEqual({ ...nothing, refused: { H5_BAD_VALUE: 1 } });
});

it('counts what is missing as wrong, and failures that are no refusals as broken', () => {
  expect(compare({ value: ones }, { error: { message: 'there is nothing of that name' } }).wrong).toBe(1);
  expect(compare({ names: ['a', 'b'] }, { names: ['a'] }).wrong).toBe(1);
  expect(compare({ names: ['a', 'b'] }, { names: ['b', 'a'] }).equal).toBe(1);
  expect(compare({ value: ones }, { error: { message: 'TypeError: x\n  at y' } }).broken).toBe(1);
});

it('counts everything in a file that we do not open, and remembers who refused it', () => {
  const items = [1, 2].map((n) => ({ path: `/${n}`, kind: 'dataset', found: { value: ones } }) as const);
  const refusal = { error: { message: 'no', code: 'H5_UNSUPPORTED', feature: 'x' } };
  expect(compareFile('a.h5', { items }, refusal, () => [])).toMatchObject({
    refused: { 'H5_UNSUPPORTED: x': 2 },
    refusal: { ours: 'H5_UNSUPPORTED: x' },
  });
  const hang = { died: 'hang', message: 'no answer' } as const;
  expect(compareFile('a.h5', { items }, hang, () => []).broken).toEqual(['hang: no answer']);
  const crash = { error: { message: 'TypeError: x' } };
  expect(compareFile('a.h5', foreign, crash, () => []).broken).toEqual(['TypeError: x']);
});

it('sees the same values in different arrays, and different values in similar ones', () => {
  const digest = (type: string, data: unknown, shape: number[] = [2]) =>
    canonical(type, shape, data).digests[0];
  expect(digest('float', Float32Array.of(0.5, Number.NaN))).toBe(digest('float', [0.5, Number.NaN]));
  expect(digest('float', Float64Array.of(0, 1))).not.toBe(digest('float', Float64Array.of(-0, 1)));
  expect(digest('integer', 5, [])).toBe(digest('integer', Int32Array.of(5), []));
  expect(digest('integer', BigInt64Array.of(5n), [])).toBe(digest('integer', 5n, []));
  expect(digest('compound', [{ a: 1, b: [2n, 'x'] }])).toBe(digest('compound', [[1, 2, 'x']]));
  expect(digest('compound', [[0.5]])).not.toBe(digest('compound', [[0.25]]));
  expect(digest('string', ['a', 'b'])).not.toBe(digest('string', ['a,b']));
  const padded = withoutPadding(canonical('string', [1], ['a  ']), ['a  ']);
  expect(padded.digests).toContain(digest('string', ['a'], [1]));
});
