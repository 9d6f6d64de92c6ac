import { isTerraneError } from '@terrane/errors';
import { expect } from 'vitest';

/** Runs `action` and gives the error it must throw, which must have that code. */
export function expectCode(code: string, action: () => unknown) {
  try {
    action();
  } catch (error) {
    if (!isTerraneError(error)) throw error;
    expect(error.code, error.message).toBe(code);
    return error;
  }
  return expect.fail(`nothing was thrown, ${code} expected`);
}
