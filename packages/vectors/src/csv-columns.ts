import { bool8, float64, int32, type Layout, type LayoutDescription, optional, text } from '@terrane/layout';

const integer = /^[+-]?\d{1,10}$/;
const number = /^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|Infinity|Inf|NaN)$/;
const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  TRUE: true,
  FALSE: false,
  T: true,
  F: false,
};

/** R's missing integer, which no column of integers that has it as a value can use. */
const missingInteger = -(2 ** 31);

/** Looks at every value of a column and tells the narrowest layout that holds them all. */
export function columnFinders(names: readonly string[], missing: readonly string[]) {
  const encoder = new TextEncoder();
  return names.map((name) => {
    let [integers, numbers, truths, any, gaps] = [true, true, true, false, false];
    let width = 1;
    let least = 0;
    return {
      name,
      see: (value: string): void => {
        if (missing.includes(value)) {
          gaps = true;
          return;
        }
        any = true;
        integers &&= integer.test(value) && Math.abs(Number(value)) <= 2 ** 31 && Number(value) < 2 ** 31;
        least = integers ? Math.min(least, Number(value)) : least;
        numbers &&= number.test(value);
        truths &&= Object.hasOwn(booleans, value);
        width = Math.max(width, encoder.encode(value).length);
      },
      layout: (): Layout => {
        if (any && integers) {
          if (!gaps) return int32();
          return optional(
            int32(),
            least === missingInteger ? { validity: 'bit' } : { sentinel: missingInteger },
          );
        }
        if (any && numbers) return gaps ? optional(float64(), { sentinel: 'r-na' }) : float64();
        if (any && truths) return gaps ? optional(bool8(), { validity: 'bit' }) : bool8();
        if (!gaps) return text(width);
        return missing.includes('')
          ? optional(text(width), { sentinel: '' })
          : optional(text(width), { validity: 'bit' });
      },
    };
  });
}

/** Turns a value of a CSV file into one of a layout's. What is no such value stays text, which the layout refuses. */
export function parserOf(
  description: LayoutDescription,
  missing: readonly string[],
): (text: string) => unknown {
  switch (description.type) {
    case 'optional': {
      const parse = parserOf(description.value, []);
      return (value) => (missing.includes(value) ? null : parse(value));
    }
    case 'bool8':
    case 'bool32':
      return (value) => booleans[value] ?? value;
    case 'int64':
    case 'uint64':
      if (description.as !== 'number') return (value) => (/^[+-]?\d+$/.test(value) ? BigInt(value) : value);
      return parseNumber;
    case 'text':
    case 'enumeration':
      return (value) => value;
    default:
      return parseNumber;
  }
}

function parseNumber(value: string): unknown {
  return number.test(value) ? Number(value.replace(/Inf$/, 'Infinity')) : value;
}
