import type { ElementKind } from './element-store.js';
import { errors } from './errors.js';

/** Comparison operators; they all follow JavaScript's rules for numbers, strings and booleans. */
export type Operator = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** Whether an element satisfies the comparison. */
export type Test = (element: unknown) => boolean;

type Ordered = number;

/** The operators on values that JavaScript orders exactly, a number against a bigint included. */
const comparers: Readonly<Record<Operator, (a: Ordered, b: Ordered) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

/** What elements of each kind may be compared with. */
const operands: Readonly<Record<ElementKind, readonly string[]>> = {
  number: ['number', 'bigint'],
  bigint: ['number', 'bigint'],
  boolean: ['boolean'],
  string: ['string'],
  name: ['string'],
  complex: ['complex'],
  mixed: ['number', 'bigint', 'boolean', 'string'],
  record: [],
  other: [],
};

/**
 * Makes the test of one comparison. `null` finds missing values by `==` and all others by `!=`; a missing value
 * satisfies no other comparison. NaN equals nothing.
 *
 * @throws VEC_OPERAND for an operator or a value that elements of that kind do not have.
 */
export function comparison(kind: ElementKind, operator: Operator, value: unknown): Test {
  const compare = Object.hasOwn(comparers, operator) ? comparers[operator] : undefined;
  if (compare === undefined) {
    throw errors.VEC_OPERAND({
      message: `no operator ${String(operator)}`,
      expected: Object.keys(comparers).join(' '),
    });
  }
  const equality = operator === '==' || operator === '!=';
  if (value === null && equality) return (element) => (element === null) === (operator === '==');
  const type = isComplex(value) ? 'complex' : typeof value;
  if (!operands[kind].includes(type) || ((type === 'complex' || kind === 'name') && !equality)) {
    const list = operands[kind].join(' or ') || 'nothing';
    throw errors.VEC_OPERAND({
      message: `elements of the kind "${kind}" cannot be compared with ${value === null ? 'null' : type} by ${operator}`,
      expected: list,
      found: type,
    });
  }
  if (isComplex(value)) {
    const { re, im } = value;
    const same = (element: unknown) => isComplex(element) && element.re === re && element.im === im;
    return operator === '==' ? same : (element) => element !== null && !same(element);
  }
  if (equality && (kind === 'number' || kind === 'bigint')) {
    const twin = kind === 'number' ? exactNumber(value) : exactBigint(value);
    // No element can equal a value that has no counterpart among them, 0.5 among integers for one.
    if (twin === undefined) return (element) => element !== null && operator === '!=';
    return (element) => element !== null && compare(element as number, twin as number);
  }
  return (element) => element !== null && compare(element as number, value as number);
}

/** The number equal to a number or bigint, if there is one. */
export function exactNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'bigint' && BigInt(Number(value)) === value ? Number(value) : undefined;
}

function exactBigint(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return Number.isInteger(value) ? BigInt(value as number) : undefined;
}

function isComplex(value: unknown): value is { re: number; im: number } {
  return typeof value === 'object' && value !== null && 're' in value && 'im' in value;
}
