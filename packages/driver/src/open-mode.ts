import type { OpenMode } from './driver.js';

/** What a mode asks of a driver, as answers to the questions that matter. */
export interface OpenIntent {
  readonly write: boolean;
  /** Make the file when there is none. */
  readonly create: boolean;
  /** Refuse when there is one. */
  readonly exclusive: boolean;
  /** Start empty when there is one. */
  readonly empty: boolean;
}

const intents: Readonly<Record<OpenMode, OpenIntent>> = {
  r: { write: false, create: false, exclusive: false, empty: false },
  'r+': { write: true, create: false, exclusive: false, empty: false },
  a: { write: true, create: true, exclusive: false, empty: false },
  w: { write: true, create: true, exclusive: false, empty: true },
  'w-': { write: true, create: true, exclusive: true, empty: false },
};

/**
 * What a spec's mode means; `r` when it names none.
 *
 * @throws RangeError for anything that is not one of the five modes.
 */
export function openIntent(mode: OpenMode = 'r'): OpenIntent {
  const intent = Object.hasOwn(intents, mode) ? intents[mode] : undefined;
  if (intent) return intent;
  throw new RangeError(`unknown mode ${JSON.stringify(mode)}: one of r, r+, a, w, w- is meant`);
}
