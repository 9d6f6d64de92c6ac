/** An index as it is declared: a field, several, or either with more to say about it. */
export type IndexInput =
  | string
  | readonly string[]
  | { readonly on: string | readonly string[]; readonly unique?: boolean };

/** An index as a schema has it. */
export interface IndexRule<On extends readonly string[] = readonly string[]> {
  /** The fields whose values make the key; the first counts first. */
  readonly on: On;
  /** No two objects may have the same key, unless something in it is null. */
  readonly unique: boolean;
}

type OnOf<Input> = Input extends string
  ? readonly [Input]
  : Input extends readonly string[]
    ? Input
    : Input extends { readonly on: infer On }
      ? OnOf<On>
      : never;

/** Indexes as a schema has them, of those declared. */
export type IndexRules<Inputs> = string extends keyof Inputs
  ? Readonly<Record<string, IndexRule>>
  : {
      readonly [Name in keyof Inputs]: OnOf<Inputs[Name]> extends infer On extends readonly string[]
        ? IndexRule<On>
        : never;
    };

/** Brings an index into the form in which a schema has it. */
export function indexRule(input: IndexInput): IndexRule {
  const given =
    typeof input === 'string' || Array.isArray(input) ? { on: input as string | string[] } : input;
  const { on, unique = false } = given as { on: string | readonly string[]; unique?: boolean };
  return Object.freeze({ on: Object.freeze(typeof on === 'string' ? [on] : [...on]), unique });
}
