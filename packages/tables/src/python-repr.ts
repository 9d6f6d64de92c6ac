/** Text as Python shows it: in single quotes, or in double quotes when it holds single ones only. */
export function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let shown = '';
  for (const letter of text) shown += escapeLetter(letter, quote);
  return quote + shown + quote;
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function escapeLetter(letter: string, quote: string): string {
  if (letter === quote) return `\\${letter}`;
  const short = named[letter];
  if (short !== undefined) return short;
  const code = letter.codePointAt(0)!;
  return code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, '0')}` : letter;
}

/** A value as Python would show it, arrays as NumPy prints short ones in one dimension. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return pythonString(value);
  if (typeof value === 'object' && 'data' in value && 'shape' in value) {
    const { data, shape } = value as { data: ArrayLike<unknown>; shape: readonly number[] };
    return `array(${nested(data, shape, 0, data.length)})`;
  }
  return String(value);
}

function nested(data: ArrayLike<unknown>, shape: readonly number[], start: number, count: number): string {
  if (shape.length === 0) return pythonRepr(data[start]);
  const [length = 0, ...inner] = shape;
  const step = length === 0 ? 0 : count / length;
  const parts = Array.from({ length }, (_, index) => nested(data, inner, start + index * step, step));
  return `[${parts.join(', ')}]`;
}
