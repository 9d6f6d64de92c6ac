import { native } from './native-binding.js';

/**
 * What the system can be told about a range. The first five are POSIX; the others are Linux's `madvise`. Mind that
 * `dontneed` drops what was stored into private pages, and `remove` what the file has there.
 */
export type Advice =
  | 'normal'
  | 'random'
  | 'sequential'
  | 'willneed'
  | 'dontneed'
  | 'free'
  | 'remove'
  | 'dontfork'
  | 'dofork'
  | 'mergeable'
  | 'unmergeable'
  | 'hugepage'
  | 'nohugepage'
  | 'dontdump'
  | 'dodump'
  | 'wipeonfork'
  | 'keeponfork'
  | 'cold'
  | 'pageout'
  | 'populate-read'
  | 'populate-write'
  | 'collapse';

/** The advice that this system's addon passes on. None where nothing can be mapped. */
export const supportedAdvice: readonly Advice[] =
  native.binding === undefined ? [] : (native.system.advice as Advice[]);
