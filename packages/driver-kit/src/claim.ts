import { isTerraneError } from '@terrane/errors';

/** A case did not find what the contract says. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** The kit's own few assertions, so that it needs no test runner's. */
export const claim = {
  that(condition: boolean, what: string): void {
    if (!condition) throw new Finding(what);
  },

  equal(found: unknown, expected: unknown, what: string): void {
    if (!Object.is(found, expected))
      throw new Finding(`${what}: ${show(expected)} expected, ${show(found)} found`);
  },

  bytes(found: Uint8Array, expected: Uint8Array | readonly number[], what: string): void {
    const length = Math.max(found.length, expected.length);
    for (let at = 0; at < length; at++) {
      if (found[at] === expected[at]) continue;
      throw new Finding(
        `${what}: byte ${at} of ${expected.length} should be ${expected[at]}, is ${found[at]}`,
      );
    }
  },

  /** Runs what must fail with a code, or with a plain error class, and answers the error. */
  async fails(attempt: () => unknown, wanted: string | typeof TypeError, what: string): Promise<Error> {
    let error: unknown;
    try {
      await attempt();
    } catch (thrown) {
      error = thrown;
    }
    const name = typeof wanted === 'string' ? wanted : wanted.name;
    if (error === undefined) throw new Finding(`${what}: should fail with ${name}, succeeds`);
    const matches =
      typeof wanted === 'string' ? isTerraneError(error, wanted) : (error as Error)?.name === wanted.name;
    if (!matches)
      throw new Finding(`${what}: should fail with ${name}, fails with ${show(error)}`, { cause: error });
    return error as Error;
  },
};

function show(value: unknown): string {
  if (isTerraneError(value)) return `${value.code} (${value.message})`;
  if (value instanceof Error) return `${value.name} (${value.message})`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
