import { type DriverFile, isPromise, type Mode, type ReadRequest } from '@terrane/driver';
import type { CallCount } from '@terrane/driver/testing';
import { Finding } from '../claim.js';
import { wrapFile } from './wrap-file.js';

/** A file whose calls are counted. */
export function counting<M extends Mode>(file: DriverFile<M>, count: CallCount): DriverFile<M> {
  return wrapFile(file, (op, args, call) => {
    count.begin(op, op === 'read' ? (args[1] as Uint8Array).length : op === 'readMany' ? sum(args[0]) : 0);
    let result: unknown;
    try {
      result = call();
    } catch (error) {
      count.end();
      throw error;
    }
    if (isPromise(result)) return Promise.resolve(result).finally(() => count.end());
    count.end();
    return result;
  });
}

/** The most that something may cost; what is not named may cost anything. */
export interface Budget {
  readonly rounds?: number;
  readonly calls?: number;
  readonly bytesAsked?: number;
}

/**
 * Holds counts against a budget.
 *
 * @throws Finding naming every ceiling that was broken, and the counts.
 */
export function withinBudget(count: CallCount, budget: Budget): void {
  const found = { rounds: count.rounds, calls: count.total, bytesAsked: count.bytesAsked };
  const over = (Object.keys(found) as (keyof typeof found)[]).filter(
    (key) => found[key] > (budget[key] ?? Number.POSITIVE_INFINITY),
  );
  if (over.length === 0) return;
  const said = over.map((key) => `${key}: ${found[key]}, at most ${budget[key]}`).join('; ');
  throw new Finding(`over budget: ${said} (${JSON.stringify(count.calls)})`);
}

function sum(requests: unknown): number {
  return (requests as readonly ReadRequest[]).reduce((total, { target }) => total + target.length, 0);
}
