import { test } from 'node:test';
import { planKit } from '../kit.js';
import type { KitTarget } from '../target.js';

/** Declares the kit's cases as tests of `node:test`, one each, skips included. Await it at the top of a test file. */
export async function driverKit(target: KitTarget): Promise<void> {
  for (const { id, clauses, title, skip, run } of await planKit(target)) {
    const name = `${target.name}: ${id} (${clauses.join(' ')}): ${title}`;
    test(name, skip === undefined ? {} : { skip }, run);
  }
}
