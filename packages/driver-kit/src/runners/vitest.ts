import { describe, it } from 'vitest';
import { planKit } from '../kit.js';
import type { KitTarget } from '../target.js';

/** How {@link driverKit} declares its tests. */
export interface VitestOptions {
  /** Cases that the manifest rules out are skipped tests (the default), or none at all. */
  readonly inapplicable?: 'skip' | 'omit';
}

/**
 * Declares the kit's cases as vitest tests, one each, skips included. Await it at the top of a test file:
 * `await driverKit(target)`.
 */
export async function driverKit(target: KitTarget, options: VitestOptions = {}): Promise<void> {
  const plan = await planKit(target);
  describe(`${target.name} keeps the driver contract`, () => {
    for (const { id, clauses, title, skip, run } of plan) {
      const name = `${id} (${clauses.join(' ')}): ${title}`;
      if (skip === undefined) it(name, run);
      else if (options.inapplicable !== 'omit') it.skip(`${name} [${skip}]`, run);
    }
  });
}
