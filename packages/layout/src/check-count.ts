import { errors } from './errors.js';
import { show } from './layout.js';

/** Throws LAY_DEFINITION unless `count` is a positive safe integer; `what` begins the message. */
export function checkCount(what: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw errors.LAY_DEFINITION({ message: `${what}: ${show(count)} is no positive integer` });
  }
}
