import { isMainThread } from 'node:worker_threads';
import type { NativeBinding } from './native-binding.js';

let watching = false;

/**
 * `process.on('SIGBUS')` makes libuv replace the fault handler, after which a torn page would fault for ever;
 * taking the listener away leaves none at all. Node's own listeners for these events were there first, so ours
 * run when the harm is done, and put the handler back. The listener still gets the signals that were sent.
 */
export function watchSignals(binding: NativeBinding): void {
  if (watching || !isMainThread || process.platform === 'win32') return;
  watching = true;
  const restore = (event: string | symbol) => {
    if (event === 'SIGBUS' || event === 'SIGSEGV') binding.guard();
  };
  process.on('newListener', restore);
  process.on('removeListener', restore);
}
