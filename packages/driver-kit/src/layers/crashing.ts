import { type DriverFile, type Guarantees, ioErrors, MemoryStore } from '@terrane/driver';
import { makeRandom, type Random } from '../random.js';

/** A change that the medium has been told of and need not have yet. */
type Pending = { readonly position: number; readonly source: Uint8Array } | { readonly size: number };

/** When a {@link crashing} file loses power, and what it had promised. */
export interface Crash {
  /** The power goes during this flush, counted from 1. */
  readonly atFlush: number;
  /** Which of the possible losses happens. */
  readonly seed: number;
  /** What the medium guarantees; what it does not, is not kept. Those of the file unless given. */
  readonly guarantees?: Pick<Guarantees, 'atomicWriteBytes' | 'orderedWrites' | 'atomicFlush'>;
}

/**
 * A file over a medium that loses power. Changes reach the file below only with `flush`. During the flush named,
 * the changes since the last one are kept, dropped, or torn, as far as the guarantees allow:
 *
 * - `atomicFlush`: all of them or none,
 * - `orderedWrites`: the first few, the last of these perhaps torn; otherwise any of them,
 * - `atomicWriteBytes`: what is torn is torn between units of that size, otherwise anywhere, and the byte at the tear is garbage.
 *
 * From then on every call fails. What the file below holds is what a restart finds.
 */
export function crashing(file: DriverFile<'sync'>, crash: Crash): DriverFile<'sync'> {
  const guarantees = crash.guarantees ?? file.manifest.guarantees;
  const random = makeRandom(crash.seed);
  const whole = new Uint8Array(file.size());
  file.read(0, whole);
  /** The file as its user sees it. */
  const seen = new MemoryStore(whole);
  let pending: Pending[] = [];
  let flushes = 0;
  let dead = false;
  const alive = () => {
    if (dead) throw ioErrors.IO_UNEXPECTED({ message: 'the power is gone', retry: 'no' });
  };
  const { view: _, lock: __, readMany: ___, ...capabilities } = file.manifest.capabilities;
  return {
    mode: 'sync',
    manifest: Object.freeze({ ...file.manifest, capabilities: Object.freeze(capabilities) }),
    size() {
      alive();
      return seen.size;
    },
    read(position, target) {
      alive();
      const bytes = seen.bytes.subarray(position, position + target.length);
      target.set(bytes);
      return bytes.length;
    },
    write(position, source) {
      alive();
      seen.write(position, source);
      pending.push({ position, source: source.slice() });
    },
    truncate(size) {
      alive();
      seen.resize(size);
      pending.push({ size });
    },
    flush() {
      alive();
      flushes++;
      dead = flushes === crash.atFlush;
      for (const change of dead ? survivors(pending, guarantees, random) : pending) apply(file, change);
      pending = [];
      file.flush?.();
      alive();
    },
    close() {
      if (!dead) for (const change of pending) apply(file, change);
      file.close();
    },
  };
}

function survivors(
  pending: readonly Pending[],
  guarantees: NonNullable<Crash['guarantees']>,
  random: Random,
): Pending[] {
  if (guarantees.atomicFlush) return random.below(2) === 0 ? [] : [...pending];
  const unit = guarantees.atomicWriteBytes;
  if (guarantees.orderedWrites) {
    const kept = random.below(pending.length + 1);
    const last = pending[kept];
    return [...pending.slice(0, kept), ...(last ? torn(last, unit, random) : [])];
  }
  return pending.flatMap((change) => [[change], [], torn(change, unit, random)][random.below(3)]!);
}

/** The part of a change before some tear, which a whole write smaller than the atomic unit does not have. */
function torn(change: Pending, unit: number | undefined, random: Random): Pending[] {
  if ('size' in change) return random.below(2) === 0 ? [] : [change];
  const { position, source } = change;
  if (unit !== undefined) {
    const cut = Math.ceil((position + random.below(source.length + 1)) / unit) * unit - position;
    return cut <= 0 || cut > source.length ? [] : [{ position, source: source.slice(0, cut) }];
  }
  const part = source.slice(0, random.below(source.length + 1));
  if (part.length > 0) part[part.length - 1] = random.below(256);
  return part.length > 0 ? [{ position, source: part }] : [];
}

function apply(file: DriverFile<'sync'>, change: Pending): void {
  if ('size' in change) file.truncate!(change.size);
  else file.write!(change.position, change.source);
}
