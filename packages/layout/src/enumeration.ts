import { checkOptions, nearest } from '@terrane/errors';
import { errors } from './errors.js';
import { defineLayout, type Layout, show } from './layout.js';

/** Options of {@link enumeration}. */
export interface EnumerationOptions {
  /** A stored number that no member has: `"throw"` (default, LAY_ENUM), or given and taken as a `"number"`. */
  readonly unknown?: 'throw' | 'number';
}

/**
 * Named integers: values are the names.
 *
 * @throws LAY_DEFINITION when there is no member, when two have one number, or when one does not fit `base`.
 */
export function enumeration<const Name extends string, N extends number | bigint>(
  members: Readonly<Record<Name, N>>,
  base: Layout<N>,
  options: EnumerationOptions & { readonly unknown: 'number' },
): Layout<Name | N>;
export function enumeration<const Name extends string, N extends number | bigint>(
  members: Readonly<Record<Name, N>>,
  base: Layout<N>,
  options?: EnumerationOptions & { readonly unknown?: 'throw' },
): Layout<Name>;
export function enumeration<Name extends string, N extends number | bigint>(
  members: Readonly<Record<Name, N>>,
  base: Layout<N>,
  options: EnumerationOptions = {},
): Layout<Name | N> {
  checkOptions(options, ['unknown'], 'enumeration');
  const { unknown = 'throw' } = options;
  if (unknown !== 'throw' && unknown !== 'number') {
    throw new TypeError(`enumeration: unknown is "throw" or "number", not ${show(unknown)}`);
  }
  const numbers = new Map<string, N>(Object.entries(members) as [string, N][]);
  const names = new Map<N, Name>();
  for (const [name, number] of numbers) {
    try {
      base.check(number);
    } catch (cause) {
      throw errors.LAY_DEFINITION({ message: `enumeration: ${name} = ${show(number)} does not fit`, cause });
    }
    const other = names.get(number);
    if (other !== undefined) {
      throw errors.LAY_DEFINITION({ message: `enumeration: ${other} and ${name} are both ${show(number)}` });
    }
    names.set(number, name as Name);
  }
  if (names.size === 0) throw errors.LAY_DEFINITION({ message: 'enumeration: it has no members' });

  const numberOf = (value: unknown): N => {
    const number = typeof value === 'string' ? numbers.get(value) : undefined;
    if (number !== undefined) return number;
    if (unknown === 'number' && typeof value !== 'string') {
      base.check(value);
      return value as N;
    }
    const near = typeof value === 'string' ? nearest(value, [...numbers.keys()]) : undefined;
    throw errors.LAY_ENUM({
      message: `${show(value)} is no member`,
      expected: [...numbers.keys()].join(', '),
      found: String(value),
      ...(near === undefined ? {} : { hint: `did you mean ${show(near)}?` }),
    });
  };
  const nameOf = (number: N): Name | N => {
    const name = names.get(number);
    if (name !== undefined) return name;
    if (unknown === 'number') return number;
    throw errors.LAY_ENUM({
      message: `the stored number ${show(number)} is no member`,
      expected: [...names.keys()].join(', '),
      found: String(number),
    });
  };
  return defineLayout<Name | N>({
    description: {
      type: 'enumeration',
      base: base.description,
      members: Object.fromEntries([...numbers].map(([name, number]) => [name, String(number)])),
      ...(unknown === 'number' ? { unknown } : {}),
    },
    size: base.size,
    alignment: base.alignment,
    access: (view) => {
      const { get, set } = base.access(view);
      return { get: (at) => nameOf(get(at)), set: (at, value) => set(at, numberOf(value)) };
    },
    check: (value) => void numberOf(value),
  });
}
