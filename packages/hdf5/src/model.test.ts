import { openH5wasm } from '@terrane/oracles';
import fc from 'fast-check';
import type { Dataset as TheirDataset, Group as TheirGroup } from 'h5wasm/node';
import { describe, expect, it } from 'vitest';
import { forgetfulMode, type TestFile, type TestMode, testModes } from './api/both-modes.fixture.js';

/** A file as it should be: groups by path, each with attributes; datasets with values. */
interface ModelObject {
  readonly attributes: Map<string, string | Float64Array>;
  /** Absent for groups. */
  readonly values?: Int32Array;
}
type Model = Map<string, ModelObject>;

type Step =
  | {
      readonly do: 'group' | 'dataset' | 'unwritten' | 'compact';
      readonly parent: number;
      readonly name: string;
      readonly size: number;
    }
  | { readonly do: 'set'; readonly on: number; readonly name: string; readonly value: string | Float64Array }
  | { readonly do: 'delete'; readonly on: number; readonly name: string }
  | { readonly do: 'write'; readonly on: number; readonly at: number; readonly value: number }
  | { readonly do: 'flush' | 'reopen' | 'image' };

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'ä', '水', 'a longer name than others'),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => !/[/\0]/.test(text) && text !== '.'),
);
const index = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('group' as const, 'dataset' as const, 'unwritten' as const, 'compact' as const),
      parent: index,
      name,
      size: fc.nat(40),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      on: index,
      name,
      value: fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 300 }).filter((text) => !text.includes('\0')),
        fc.float64Array({ minLength: 1, maxLength: 60, noNaN: true }),
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), on: index, name }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      on: index,
      at: index,
      value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('flush' as const, 'reopen' as const, 'image' as const) }),
  },
);

describe.each([...testModes, forgetfulMode])(
  'random edits leave what a model in memory has ($name)',
  (mode) => {
    it.each(['earliest', 'v108'] as const)('%s', async (format) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 120 }), async (steps) => {
          let opened = await mode.create({ format });
          const model: Model = new Map([['/', { attributes: new Map() }]]);
          for (const each of steps) opened = await take(mode, opened, model, each);
          await compare(opened, model);
          await opened.file.close();
          const bytes = opened.bytes();
          await compare(await mode.open(bytes), model);
          await compareTheirs(bytes, model);
        }),
        { numRuns: 25 },
      );
    });
  },
);

async function take(mode: TestMode, opened: TestFile, model: Model, step: Step): Promise<TestFile> {
  const { file } = opened;
  const paths = [...model.keys()];
  const pick = (number: number, fits: (path: string) => boolean): string | undefined => {
    const fitting = paths.filter(fits);
    return fitting[number % Math.max(fitting.length, 1)];
  };
  switch (step.do) {
    case 'flush':
      await file.flush();
      return opened;
    case 'image':
      return mode.open(await file.image(), { mode: 'r+' });
    case 'reopen':
      await file.close();
      return mode.open(opened.bytes(), { mode: 'r+' });
    case 'set': {
      const path = pick(step.on, () => true)!;
      await (await file.get(path))!.attributes.set(step.name, step.value);
      model.get(path)!.attributes.set(step.name, step.value);
      return opened;
    }
    case 'delete': {
      const path = pick(step.on, () => true)!;
      const known = [...model.get(path)!.attributes.keys()];
      const target = known.length > 0 ? known[step.on % known.length]! : step.name;
      const there = model.get(path)!.attributes.delete(target);
      expect(await (await file.get(path))!.attributes.delete(target)).toBe(there);
      return opened;
    }
    case 'write': {
      const path = pick(step.on, (each) => (model.get(each)!.values?.length ?? 0) > 0);
      if (path === undefined) return opened;
      const { values } = model.get(path)!;
      const at = step.at % values!.length;
      await (await file.dataset(path)).write(step.value, { start: [at], count: [1] });
      values![at] = step.value;
      return opened;
    }
    default: {
      const parent = pick(step.parent, (each) => model.get(each)!.values === undefined)!;
      const path = `${parent === '/' ? '' : parent}/${step.name}`;
      const values = new Int32Array(step.size).map((_, each) => each * 1000);
      const options =
        step.do === 'unwritten' ? { shape: [step.size], type: 'int32' as const } : { data: values };
      const create = async () =>
        step.do === 'group'
          ? file.root.createGroup(path)
          : file.root.createDataset(path, {
              ...options,
              ...(step.do === 'compact' && { layout: 'compact' }),
            });
      if (model.has(path)) {
        await expect(create).rejects.toMatchObject({ code: 'H5_EXISTS' });
        return opened;
      }
      await create();
      const kept = step.do === 'unwritten' ? values.fill(0) : values;
      model.set(path, { attributes: new Map(), ...(step.do !== 'group' && { values: kept }) });
      return opened;
    }
  }
}

const childrenOf = (model: Model, path: string): string[] =>
  [...model.keys()]
    .filter((each) => each !== '/' && each.slice(0, each.lastIndexOf('/')) === (path === '/' ? '' : path))
    .map((each) => each.slice(each.lastIndexOf('/') + 1))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

async function compare({ file }: TestFile, model: Model): Promise<void> {
  for (const [path, { attributes, values }] of model) {
    const object = (await file.get(path))!;
    expect(await object.attributes.values()).toEqual(attributes);
    if (object.kind === 'group') expect(await object.keys()).toEqual(childrenOf(model, path));
    if (object.kind === 'dataset') expect((await object.read()).data).toEqual(values);
    expect(object.kind).toBe(values === undefined ? 'group' : 'dataset');
  }
}

async function compareTheirs(bytes: Uint8Array, model: Model): Promise<void> {
  using opened = await openH5wasm(bytes);
  for (const [path, { attributes, values }] of model) {
    const object = opened.file.get(path) as TheirDataset | TheirGroup;
    expect(Object.keys(object.attrs).sort()).toEqual([...attributes.keys()].sort());
    for (const [name, value] of attributes) {
      // Text without characters is stored as one NUL, since no type is shorter than a byte.
      if (value !== '') expect(object.attrs[name]!.value, name).toEqual(value);
    }
    if (values === undefined) expect((object as TheirGroup).keys()).toEqual(childrenOf(model, path));
    else if (values.length > 0) expect((object as TheirDataset).value).toEqual(values);
  }
}
