import { errors } from './errors.js';

/** One token of a C header: an identifier, a number, a sign, or a whole `#pragma pack` line. */
export interface CToken {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

const pattern =
  /(?<skip>\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<pragma>#[ \t]*pragma[ \t]+pack[^\n]*)|(?<define>#[ \t]*define[ \t]+\w+[ \t]+[^\n]*)|(?<other>#[^\n]*)|(?<token>[A-Za-z_]\w*|0[xX][\da-fA-F]+[uUlL]*|\d+[uUlL]*|[{}[\]();,:*=+-])/y;

/** The tokens of a header; comments and preprocessor lines other than `pack` and simple defines are left out. */
export function cTokens(header: string): CToken[] {
  const tokens: CToken[] = [];
  let line = 1;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < header.length) {
    const start = pattern.lastIndex;
    const match = pattern.exec(header);
    if (match === null) {
      throw errors.LAY_C_SYNTAX({
        message: `line ${line}: ${JSON.stringify(header.slice(start, start + 12))} is no part of a struct`,
        offset: start,
      });
    }
    const { skip, other, ...kept } = match.groups ?? {};
    const text = kept.pragma ?? kept.define ?? kept.token;
    if (text !== undefined) tokens.push({ text, line });
    line += match[0].split('\n').length - 1;
  }
  return tokens;
}
