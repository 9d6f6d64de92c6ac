import { isTerraneError } from '@terrane/errors';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  fromHdf5Type,
  fromNumpy,
  layoutFromDescription,
  parseCHeader,
  toHdf5Type,
  toNumpy,
} from './index.js';
import { sample } from './layouts.fixture.js';

/** Changes one value somewhere inside plain JSON, chosen by numbers. */
function mutated(json: unknown, path: readonly number[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (typeof json !== 'object' || json === null || step === undefined) return value;
  const keys = Object.keys(json);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return value;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(json) ? [...json] : { ...json };
  (copy as Record<string, unknown>)[key] = mutated((json as Record<string, unknown>)[key], rest, value);
  return copy;
}

const junk = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    null,
    -1,
    0.5,
    Number.NaN,
    2 ** 53,
    1e300,
    '',
    '__proto__',
    'constructor',
    'toString',
    [],
    {},
    [[]],
    undefined,
  ),
);

function onlyTyped(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (isTerraneError(error)) expect(error.code).toMatch(/^LAY_/);
    else throw error;
  }
}

it('descriptions of any kind are layouts or typed errors', () => {
  const property = fc.property(
    sample,
    fc.array(fc.nat(), { maxLength: 8 }),
    junk,
    ({ layout }, path, value) => {
      const { description } = layout;
      onlyTyped(() => layoutFromDescription(mutated(description, path, value) as typeof description));
    },
  );
  fc.assert(property, { numRuns: 1500 });
});

it('NumPy and HDF5 types of any kind are, too', () => {
  const property = fc.property(
    sample,
    fc.array(fc.nat(), { maxLength: 8 }),
    junk,
    ({ layout }, path, value) => {
      onlyTyped(() => {
        const numpy = toNumpy(layout);
        onlyTyped(() => fromNumpy(mutated(numpy, path, value) as typeof numpy));
      });
      onlyTyped(() => {
        const hdf5 = toHdf5Type(layout);
        onlyTyped(() => fromHdf5Type(mutated(hdf5, path, value) as typeof hdf5));
      });
      onlyTyped(() => fromNumpy(value as string));
      onlyTyped(() => fromHdf5Type(value as ReturnType<typeof toHdf5Type>));
    },
  );
  fc.assert(property, { numRuns: 3000 });
});

it('C headers of any text are, too', () => {
  fc.assert(fc.property(fc.string(), (text) => onlyTyped(() => parseCHeader(text))));
  let deep = 'int x;';
  for (let i = 0; i < 20_000; i++) deep = `struct { ${deep} } a;`;
  onlyTyped(() => parseCHeader(`struct s { ${deep} };`));
});
