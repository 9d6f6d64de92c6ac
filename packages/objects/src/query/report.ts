import { showValue } from './operand.js';

/** How rows are printed. */
export interface ReportOptions {
  /** The line before each row. */
  readonly header?: string;
  /** The line after each row. */
  readonly footer?: string;
}

/**
 * Rows as text: for each a header, a line `name = value` for each of its names in alphabetical order, and a footer. Names that
 * begin with an underscore are hidden.
 */
export function report(rows: Iterable<object>, { header = '--', footer = '' }: ReportOptions = {}): string {
  return Array.from(rows, (row) => {
    const lines = Object.entries(row)
      .filter(([name]) => !name.startsWith('_'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name} = ${show(value)}`);
    return `${[header, ...lines, footer].join('\n')}\n`;
  }).join('');
}

/** Texts and symbols as they are. */
function show(value: unknown): string {
  if (typeof value === 'symbol') return value.description ?? '';
  return typeof value === 'string' ? value : showValue(value);
}
