import { type ErrorDetails, type Retry, TerraneError } from './terrane-error.js';

/** One row of a package's error table. */
export interface ErrorDeclaration {
  /** What the code means, in one sentence; the documentation's table is made of these. */
  readonly summary: string;
  /** What a thrower means when it does not say: `"no"` unless given. */
  readonly retry?: Retry;
}

/** Makes one error of the code it is named for: `throw h5.H5_NOT_HDF5({ message })`. */
export type ErrorFactory<Code extends string> = (details: ErrorDetails) => TerraneError<Code>;

/** What {@link declareErrors} returns: a factory for every code, and the table it was made from. */
export type ErrorFamily<Table extends Record<string, ErrorDeclaration>> = {
  readonly [Code in keyof Table & string]: ErrorFactory<Code>;
} & { readonly table: Table };

/**
 * Declares the error codes of one package, in one table. Codes are upper case and begin with the family.
 *
 * @throws TypeError when a code does not follow that rule.
 */
export function declareErrors<const Table extends Record<string, ErrorDeclaration>>(
  family: string,
  table: Table,
): ErrorFamily<Table> {
  const factories: Record<string, unknown> = { table };
  for (const [code, declaration] of Object.entries(table)) {
    if (!/^[A-Z0-9]+(_[A-Z0-9]+)+$/.test(code) || !code.startsWith(`${family}_`)) {
      throw new TypeError(`error code ${code} is not of the family ${family}_`);
    }
    const make = (details: ErrorDetails): TerraneError => {
      const error = new TerraneError(code, { retry: declaration.retry ?? 'no', ...details });
      // The stack starts where it was thrown, not in this factory. Not every engine has the call.
      if ('captureStackTrace' in Error) Error.captureStackTrace(error, make);
      return error;
    };
    factories[code] = make;
  }
  return factories as ErrorFamily<Table>;
}
