import { spawnSync } from 'node:child_process';
import type { TakeLock } from './file-locks.js';

/** flock(1) on a descriptor that it inherits: the lock belongs to what was opened, and outlives the program. */
export const flock: TakeLock = (fd, kind) => {
  const run = (...args: string[]) =>
    spawnSync('flock', [...args, '3'], { stdio: ['ignore', 'ignore', 'inherit', fd] });
  if (run('--nonblock', kind === 'shared' ? '--shared' : '--exclusive').status !== 0) return undefined;
  return { release: () => void run('--unlock') };
};
