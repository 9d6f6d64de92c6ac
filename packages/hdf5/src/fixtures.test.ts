import type { Mode } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { describe, expect, it } from 'vitest';
import { forgetfulMode, testModes } from './api/both-modes.fixture.js';
import {
  type ExpectedEntry,
  type ExpectedValue,
  expectedOf,
  fixture,
  fixtureNames,
} from './api/fixtures.fixture.js';
import type { File, Hdf5Object, NdArray } from './index.js';

/** What this version does not read, by its name in the errors. A fixture with anything else in it fails. */
const notReadYet = [
  'chunked layout',
  'dense attribute storage',
  'dense link storage',
  'array datatype',
  'compound datatype',
  'opaque datatype',
  'reference datatype',
  'variable-length sequence datatype',
];

describe.each([...testModes, forgetfulMode])(
  'every committed fixture is read right or refused by name ($name)',
  (mode) => {
    it.each(fixtureNames)('%s', async (name) => {
      const { file } = await mode.open(fixture(name));
      let values = 0;
      for (const [path, entry] of Object.entries(expectedOf(name))) {
        values += await unlessRefused(async () => expect(await file.get(path)).toBeDefined());
        if (!('sameAs' in entry)) values += await compareObject(file, path, entry);
      }
      if (name !== 'empty' && name !== 'empty-v108') expect(values).toBeGreaterThan(0);
      await file.close();
    });
  },
);

/** Compares one object and answers how many things were the same. */
async function compareObject(file: File<Mode>, path: string, entry: ExpectedEntry): Promise<number> {
  let same = 0;
  let object: Hdf5Object | undefined;
  await unlessRefused(async () => {
    object = await file.get(path);
    expect(object!.kind, path).toBe(entry.kind);
  });
  if (object === undefined) return 0;
  same += await unlessRefused(async () => {
    expect((await object!.attributes.names()).sort()).toEqual(Object.keys(entry.attributes).sort());
  });
  for (const [name, expected] of Object.entries(entry.attributes)) {
    same += await unlessRefused(async () => compareValue((await object!.attributes.get(name))!, expected));
  }
  const found = object;
  if (found.kind === 'group') same += await unlessRefused(() => compareLinks(found, entry));
  if (found.kind === 'dataset') {
    same += await unlessRefused(() => compareValue(found, entry as ExpectedValue));
  }
  return same;
}

async function compareLinks(
  group: Extract<Hdf5Object, { kind: 'group' }>,
  entry: ExpectedEntry,
): Promise<void> {
  const links = await group.links();
  expect(links.map(({ name }) => name)).toEqual(Object.keys(entry.links!));
  for (const link of links) {
    expect(await group.link(link.name)).toEqual(link);
    const { kind, target, file } = entry.links![link.name]!;
    expect(link).toMatchObject({ kind, ...(target && { target }), ...(file && { file }) });
  }
}

interface Valued {
  readonly shape: readonly number[] | null;
  readonly datatype: { readonly class: string; readonly size: number };
  read(): NdArray | Promise<NdArray>;
}

async function compareValue(node: Valued, expected: ExpectedValue): Promise<void> {
  expect(node.shape).toEqual(expected.shape);
  const { datatype } = expected;
  const isText = datatype.variable === true;
  expect(node.datatype.class).toBe(isText ? 'vlen' : datatype.class);
  if (!isText) expect(node.datatype.size).toBe(datatype.size);
  // A single byte has no order; h5py calls it little.
  if (datatype.order !== undefined && node.datatype.size > 1) {
    expect(node.datatype).toMatchObject({ byteOrder: datatype.order });
  }
  if (datatype.signed !== undefined) expect(node.datatype).toMatchObject({ signed: datatype.signed });
  if (datatype.charset !== undefined) expect(node.datatype).toMatchObject({ charset: datatype.charset });
  const { data } = await node.read();
  if (expected.data !== undefined) expect(Array.from(data as number[], plain)).toEqual(expected.data);
}

/** Values as the JSON has them. */
function plain(value: number | bigint | string): number | string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return value;
  return Number.isFinite(value) && !Object.is(value, -0)
    ? value
    : Object.is(value, -0)
      ? '-0'
      : String(value);
}

async function unlessRefused(compare: () => Promise<void>): Promise<number> {
  try {
    await compare();
    return 1;
  } catch (error) {
    if (!isTerraneError(error) || error.code !== 'H5_UNSUPPORTED') throw error;
    expect(notReadYet).toContain(error.feature);
    return 0;
  }
}
