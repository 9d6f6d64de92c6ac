/** Whether trying the same call again can help: never, perhaps, or no longer (it was tried already). */
export type Retry = 'no' | 'maybe' | 'exhausted';

/** What a thrower says about one failure. Everything but `message` is optional and typed the same everywhere. */
export interface ErrorDetails {
  /** What went wrong, in one sentence. Free wording: programs test `code`, people read this. */
  readonly message: string;
  /** The operation that failed: `"open"`, `"read"`, `"write"` … */
  readonly op?: string;
  /** What was operated on: a file name or URL. */
  readonly target?: string;
  /** The path of the object inside the file: `"/group/dataset"`. */
  readonly path?: string;
  /** The driver that was in charge. */
  readonly driver?: string;
  /** Byte offset in the file, counted from its first byte. */
  readonly offset?: number;
  /** Length in bytes of the range in question. */
  readonly length?: number;
  /** The structure of the format that was being decoded, by its name in the specification. */
  readonly structure?: string;
  /** The feature that is missing or not supported, by its name in the field. */
  readonly feature?: string;
  /** What would have been right. */
  readonly expected?: string;
  /** What was there instead. */
  readonly found?: string;
  /** What the caller can do next. */
  readonly hint?: string;
  readonly retry?: Retry;
  /** The failure underneath, untouched. */
  readonly cause?: unknown;
}

/** A {@link TerraneError} as plain data: what crosses a worker or a log, and comes back by `reviveError`. */
export interface ErrorJson extends Omit<ErrorDetails, 'cause' | 'retry'> {
  readonly name: string;
  readonly code: string;
  readonly retry: Retry;
  readonly cause?: ErrorJson | { readonly name: string; readonly message: string };
}

/** Two copies of this package in one process share the brand, so the guard never needs `instanceof`. */
const brand = Symbol.for('terrane.error');

const fields = [
  'op',
  'target',
  'path',
  'driver',
  'offset',
  'length',
  'structure',
  'feature',
  'expected',
  'found',
  'hint',
] as const satisfies readonly (keyof ErrorDetails)[];

/** The one error every Terrane package throws for anything but plain misuse of its API. */
export class TerraneError<Code extends string = string> extends Error implements ErrorDetails {
  override readonly name = 'TerraneError';
  readonly code: Code;
  readonly retry: Retry;
  declare readonly op?: string;
  declare readonly target?: string;
  declare readonly path?: string;
  declare readonly driver?: string;
  declare readonly offset?: number;
  declare readonly length?: number;
  declare readonly structure?: string;
  declare readonly feature?: string;
  declare readonly expected?: string;
  declare readonly found?: string;
  declare readonly hint?: string;

  constructor(code: Code, details: ErrorDetails) {
    super(details.message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.retry = details.retry ?? 'no';
    for (const field of fields) {
      if (details[field] !== undefined) Object.assign(this, { [field]: details[field] });
    }
    Object.defineProperty(this, brand, { value: 1 });
  }

  /** Plain data that survives `postMessage` and `JSON.stringify`. The stack stays behind. */
  toJSON(): ErrorJson {
    const json: Record<string, unknown> = { name: this.name, code: this.code, message: this.message };
    for (const field of fields) if (this[field] !== undefined) json[field] = this[field];
    json.retry = this.retry;
    if (this.cause !== undefined) json.cause = causeToJson(this.cause);
    return json as unknown as ErrorJson;
  }
}

function causeToJson(cause: unknown): ErrorJson['cause'] {
  if (isTerraneError(cause)) return cause.toJSON();
  if (cause instanceof Error) return { name: cause.name, message: cause.message };
  return { name: typeof cause, message: String(cause) };
}

/**
 * Tells a Terrane error from anything else, and narrows by code when one is given.
 * Works on errors of another copy of this package, and of another realm.
 */
export function isTerraneError<Code extends string = string>(
  value: unknown,
  code?: Code,
): value is TerraneError<Code> {
  if (typeof value !== 'object' || value === null || !(brand in value)) return false;
  return code === undefined || (value as object as TerraneError).code === code;
}

/** Turns {@link ErrorJson} back into an error; its `cause` becomes an error again, too. */
export function reviveError(json: ErrorJson): TerraneError {
  const { code, name: _name, cause, ...details } = json;
  if (cause === undefined) return new TerraneError(code, details);
  const revived =
    'code' in cause ? reviveError(cause) : Object.assign(new Error(cause.message), { name: cause.name });
  return new TerraneError(code, { ...details, cause: revived });
}
