import { type DriverFile, MemoryFile, MemoryStore } from '@terrane/driver';
import { makeRandom, type Random } from '@terrane/driver-kit';

/** One change that a file was told of, in order. `commits` is how many commits had returned by then. */
export type Change = ({ position: number; source: Uint8Array } | { size: number } | { flush: true }) & {
  readonly commits: number;
};

/** A file in memory that remembers what was done to it, so that any loss of power can be replayed. */
export class Recording {
  readonly store = new MemoryStore();
  readonly changes: Change[] = [];
  commits = 0;
  readonly file: DriverFile<'sync'>;

  constructor(image: Uint8Array = new Uint8Array(0)) {
    this.store.write(0, image);
    const below = new MemoryFile(this.store, 'recording', true);
    const { changes } = this;
    const note = (change: { position: number; source: Uint8Array } | { size: number } | { flush: true }) =>
      changes.push({ ...change, commits: this.commits });
    this.file = {
      mode: 'sync',
      manifest: below.manifest,
      size: () => below.size(),
      read: (position, target) => below.read(position, target),
      view: (position, length) => below.view(position, length),
      lock: (kind) => below.lock(kind),
      close: () => below.close(),
      write(position, source) {
        note({ position, source: source.slice() });
        below.write(position, source);
      },
      truncate(size) {
        note({ size });
        below.truncate(size);
      },
      flush: () => {
        note({ flush: true });
      },
    };
  }
}

/** What may be on the medium after a loss of power, and how many commits had returned before it. */
export interface Image {
  readonly bytes: Uint8Array;
  readonly commits: number;
  readonly what: string;
}

/**
 * Every state that a loss of power can leave behind, as far as they can be tried: each prefix of the changes, and
 * after each of them, of those that no flush had covered, some subsets, with tears.
 *
 * @param subsets - How many subsets at each place.
 */
export function* losses(
  start: Uint8Array,
  changes: readonly Change[],
  subsets: number,
  seed: number,
): Generator<Image> {
  const random = makeRandom(seed);
  const durable = new MemoryStore(start);
  let pending: Change[] = [];
  for (const [index, change] of changes.entries()) {
    if ('flush' in change) {
      for (const one of pending) apply(durable, one);
      pending = [];
      continue;
    }
    pending.push(change);
    const { commits } = change;
    yield { bytes: after(durable, pending), commits, what: `the first ${index + 1} changes` };
    for (let time = 0; time < subsets; time++) {
      const some = shuffled(
        pending.flatMap((one) => survivor(one, random)),
        random,
      );
      yield { bytes: after(durable, some), commits, what: `a subset before change ${index + 1}` };
    }
  }
}

function survivor(change: Change, random: Random): Change[] {
  const fate = random.below(3);
  if (fate === 0) return [];
  if (fate === 1 || !('source' in change)) return [change];
  const source = change.source.slice(0, random.below(change.source.length + 1));
  if (source.length > 0) source[source.length - 1] = random.below(256);
  return source.length > 0 ? [{ ...change, source }] : [];
}

/** Writes to different places in any order; those that overlap and changes of length stay as they were. */
function shuffled(changes: Change[], random: Random): Change[] {
  for (let index = changes.length - 1; index > 0; index--) {
    const other = random.below(index + 1);
    const [a, b] = [changes[index]!, changes[other]!];
    const between = changes.slice(other, index + 1);
    if (
      between.some((one) => !('source' in one)) ||
      between.some((one) => overlap(one, a) || overlap(one, b))
    )
      continue;
    changes[index] = b;
    changes[other] = a;
  }
  return changes;
}

function overlap(a: Change, b: Change): boolean {
  if (a === b || !('source' in a) || !('source' in b)) return false;
  return a.position < b.position + b.source.length && b.position < a.position + a.source.length;
}

function after(durable: MemoryStore, changes: readonly Change[]): Uint8Array {
  const store = new MemoryStore(durable.bytes);
  for (const change of changes) apply(store, change);
  return store.bytes;
}

function apply(store: MemoryStore, change: Change): void {
  if ('source' in change) store.write(change.position, change.source);
  else if ('size' in change) store.resize(change.size);
}
