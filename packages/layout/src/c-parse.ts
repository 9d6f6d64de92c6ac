import { checkOptions } from '@terrane/errors';
import { array } from './array.js';
import { bytes } from './bytes.js';
import { type CToken, cTokens } from './c-tokens.js';
import { cType, cTypeWords, type DataModel } from './c-types.js';
import { enumeration } from './enumeration.js';
import { errors } from './errors.js';
import { int32 } from './integer.js';
import type { Layout } from './layout.js';
import type { PlacedField } from './place-fields.js';
import { type Struct, structOf } from './struct.js';
import { text } from './text.js';

/** Options of {@link parseCHeader}. */
export interface CHeaderOptions {
  /** `"lp64"` by default. */
  readonly dataModel?: DataModel;
}

type AnyRecord = Record<string, unknown>;

/**
 * Reads the struct declarations of a C header, laid out as a C compiler lays them out: natural alignment,
 * `#pragma pack` and `__attribute__((packed))` included. Structs come back by tag and by typedef name.
 *
 * `char x[n]` is NUL-padded UTF-8 text, `unsigned char x[n]` and `uint8_t x[n]` are bytes, enumerations are names
 * over 32 bits, `int64_t` is a bigint. Numbers are little-endian.
 *
 * @throws LAY_C_SYNTAX, with the line, for what is no declaration and for what has no layout of its own: pointers,
 *   bit-fields, unions, flexible arrays, `long double`.
 */
export function parseCHeader(
  header: string,
  options: CHeaderOptions = {},
): Record<string, Struct<AnyRecord>> {
  checkOptions(options, ['dataModel'], 'parseCHeader');
  const { dataModel = 'lp64' } = options;
  if (dataModel !== 'lp64' && dataModel !== 'llp64') {
    throw new TypeError(`parseCHeader: no data model ${String(dataModel)}`);
  }
  return new CParser(cTokens(header), dataModel).header();
}

/** A text could nest structs until the stack is full. */
const deepest = 100;

class CParser {
  readonly #tokens: readonly CToken[];
  readonly #model: DataModel;
  #next = 0;
  #depth = 0;
  readonly #structs = new Map<string, Struct<AnyRecord>>();
  readonly #enums = new Map<string, Layout>();
  readonly #typedefs = new Map<string, Layout>();
  readonly #constants = new Map<string, number>();
  /** `#pragma pack` values; the last one counts. */
  #packs: number[] = [Number.POSITIVE_INFINITY];

  constructor(tokens: readonly CToken[], model: DataModel) {
    this.#tokens = tokens;
    this.#model = model;
  }

  header(): Record<string, Struct<AnyRecord>> {
    while (this.#next < this.#tokens.length) this.#declaration();
    const found: Record<string, Struct<AnyRecord>> = Object.fromEntries(this.#structs);
    for (const [name, layout] of this.#typedefs) {
      if (layout.description.type === 'struct') found[name] = layout as Struct<AnyRecord>;
    }
    return found;
  }

  #declaration(): void {
    if (this.#directive() || this.#accept(';')) return;
    const isTypedef = this.#accept('typedef');
    const base = this.#type();
    if (!isTypedef) {
      this.#expect(';');
      return;
    }
    do {
      const { name, layout } = this.#declarator(base);
      this.#typedefs.set(name, layout);
    } while (this.#accept(','));
    this.#expect(';');
  }

  /** `#pragma pack(…)` and `#define NAME number`. */
  #directive(): boolean {
    const line = this.#peek();
    if (!line.startsWith('#')) return false;
    this.#next++;
    const define = /define\s+(\w+)\s+\(?\s*(0[xX][\da-fA-F]+|\d+)[uUlL]*\s*\)?\s*(\/[/*].*)?$/.exec(line);
    if (define !== null) this.#constants.set(define[1]!, Number(define[2]));
    const pack = /pragma\s+pack\s*\(\s*(push|pop)?\s*,?\s*(\d+)?\s*\)/.exec(line);
    if (pack === null) return true;
    const current = this.#packs.at(-1)!;
    const value = pack[2] === undefined ? undefined : Number(pack[2]);
    if (pack[1] === 'pop') {
      if (this.#packs.length > 1) this.#packs.pop();
    } else if (pack[1] === 'push') this.#packs.push(value ?? current);
    else this.#packs[this.#packs.length - 1] = value ?? Number.POSITIVE_INFINITY;
    return true;
  }

  /** A type without its declarators: a name, a struct or an enumeration, declared here or earlier. */
  #type(): Layout {
    const words: string[] = [];
    for (;;) {
      const word = this.#peek();
      if (['const', 'volatile', 'static', 'extern'].includes(word)) this.#next++;
      else if (words.length === 0 && word === 'struct') return this.#struct();
      else if (words.length === 0 && word === 'enum') return this.#enum();
      else if (word === 'union') throw this.#unsupported('a union', 'declare it with overlapping: true');
      else if (cTypeWords.has(word) || (words.length === 0 && /^[A-Za-z_]/.test(word))) {
        words.push(word);
        this.#next++;
        if (!cTypeWords.has(word)) break;
      } else break;
    }
    const typedef = words.length === 1 ? this.#typedefs.get(words[0]!) : undefined;
    const layout = typedef ?? cType(words, this.#model);
    if (layout === undefined) throw this.#unsupported(`the type ${JSON.stringify(words.join(' '))}`);
    return layout;
  }

  #struct(): Layout {
    if (++this.#depth > deepest) throw this.#unsupported(`structs in structs, more than ${deepest} deep`);
    const layout = this.#structBody();
    this.#depth--;
    return layout;
  }

  #structBody(): Layout {
    this.#expect('struct');
    const before = this.#attribute();
    const tag = /^[A-Za-z_]/.test(this.#peek()) ? this.#take() : undefined;
    if (!this.#accept('{')) {
      const known = tag === undefined ? undefined : this.#structs.get(tag);
      if (known === undefined) throw this.#unsupported(`struct ${tag}, which is not declared above`);
      return known;
    }
    const members: { name: string; layout: Layout }[] = [];
    while (!this.#accept('}')) {
      if (this.#directive()) continue;
      const base = this.#type();
      do members.push(this.#declarator(base));
      while (this.#accept(','));
      this.#expect(';');
    }
    const packed = this.#attribute() || before;
    const struct = this.#place(members, packed ? 1 : this.#packs.at(-1)!);
    if (tag !== undefined) this.#structs.set(tag, struct);
    return struct;
  }

  #place(members: readonly { name: string; layout: Layout }[], most: number): Struct<AnyRecord> {
    const fields: PlacedField[] = [];
    let end = 0;
    let alignment = 1;
    for (const { name, layout } of members) {
      const step = Math.min(layout.alignment, most);
      const offset = Math.ceil(end / step) * step;
      if (fields.some((field) => field.name === name)) throw this.#unsupported(`a second member ${name}`);
      fields.push({ name, offset, layout });
      end = offset + layout.size;
      alignment = Math.max(alignment, step);
    }
    if (fields.length === 0) throw this.#unsupported('a struct without members');
    return structOf<AnyRecord>(fields, Math.ceil(end / alignment) * alignment, alignment);
  }

  #enum(): Layout {
    this.#expect('enum');
    const tag = /^[A-Za-z_]/.test(this.#peek()) ? this.#take() : undefined;
    if (!this.#accept('{')) {
      const known = tag === undefined ? undefined : this.#enums.get(tag);
      if (known === undefined) throw this.#unsupported(`enum ${tag}, which is not declared above`);
      return known;
    }
    const members: Record<string, number> = {};
    let value = 0;
    while (!this.#accept('}')) {
      const name = this.#take();
      if (this.#accept('=')) value = this.#integer();
      members[name] = value;
      this.#constants.set(name, value++);
      if (!this.#accept(',') && this.#peek() !== '}') throw this.#unsupported(JSON.stringify(this.#peek()));
    }
    const layout = enumeration<string, number>(members, int32());
    if (tag !== undefined) this.#enums.set(tag, layout);
    return layout;
  }

  /** A member's or typedef's name, with the extents that follow it. */
  #declarator(base: Layout): { name: string; layout: Layout } {
    const name = this.#take();
    if (name === '*' || name === '(') throw this.#unsupported('a pointer');
    if (!/^[A-Za-z_]/.test(name)) throw this.#unsupported(JSON.stringify(name));
    if (this.#peek() === ':') throw this.#unsupported(`the bit-field ${name}`);
    const shape: number[] = [];
    while (this.#accept('[')) {
      if (this.#peek() === ']') throw this.#unsupported(`the array ${name} without an extent`);
      shape.push(this.#integer());
      this.#expect(']');
    }
    this.#attribute();
    const { type } = base.description;
    if (shape.length === 0 || (type !== 'int8' && type !== 'uint8')) {
      return { name, layout: shape.length === 0 ? base : array(base, shape) };
    }
    const last = shape.pop()!;
    const inner: Layout = type === 'int8' ? text(last) : bytes(last);
    return { name, layout: shape.length === 0 ? inner : array(inner, shape) };
  }

  #integer(): number {
    const sign = this.#accept('-') ? -1 : 1;
    const word = this.#take().replace(/[uUlL]+$/, '');
    const value = /^\d/.test(word) ? Number(word) : this.#constants.get(word);
    if (value === undefined) throw this.#unsupported(`${JSON.stringify(word)}, which is no known number`);
    return sign * value;
  }

  /** `__attribute__((packed))`, the one attribute that changes where members lie and is understood. */
  #attribute(): boolean {
    if (!this.#accept('__attribute__')) return false;
    this.#expect('(');
    this.#expect('(');
    const name = this.#take();
    if (name !== 'packed' && name !== '__packed__') throw this.#unsupported(`the attribute ${name}`);
    this.#expect(')');
    this.#expect(')');
    return true;
  }

  #peek(): string {
    return this.#tokens[this.#next]?.text ?? '';
  }

  #take(): string {
    const token = this.#peek();
    if (token === '') throw this.#unsupported('the end of the text');
    this.#next++;
    return token;
  }

  #accept(expected: string): boolean {
    if (this.#peek() !== expected) return false;
    this.#next++;
    return true;
  }

  #expect(expected: string): void {
    if (!this.#accept(expected)) {
      throw this.#unsupported(`${JSON.stringify(this.#peek())} where ${expected} was expected`);
    }
  }

  #unsupported(what: string, hint?: string) {
    const { line = 0 } = this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] ?? {};
    return errors.LAY_C_SYNTAX({
      message: `line ${line}: ${what}`,
      found: this.#peek(),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
