import { type CheckedFile, chain, type DriverInfo, type Mode, type Out, settled } from '@terrane/driver';
import { encodeDriverInfo } from '../format/driver-info.js';
import { encodeSuperblock, type Superblock } from '../format/superblock.js';
import { inTurn } from './in-turn.js';
import type { MetadataStore } from './metadata-store.js';

/** Neighbouring changes are written together up to this many bytes. */
const joinedBytes = 256 * 1024;

/** One write. */
interface Change {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** What a flush does, one after another. A barrier is a point that all writes before must have reached the medium to pass. */
type Step =
  | { readonly do: 'write'; readonly change: Change }
  | { readonly do: 'superblock'; readonly change: Change }
  | { readonly do: 'driver-info'; readonly position: number }
  | { readonly do: 'resize'; readonly size: number }
  | { readonly do: 'barrier' };

/**
 * Writes all staged changes in the order that keeps the file readable wherever the writing stops:
 *
 * 1. what lies behind the old end of the file, which nothing refers to yet;
 * 2. the superblock, so that the new end is valid before anything points there;
 * 3. what replaces older metadata and refers to the new, in the order of `publishOrder`.
 *
 * Answers the superblock as it stands in the file now.
 */
export function commitStaged<M extends Mode>(
  handle: CheckedFile<M>,
  store: MetadataStore,
  superblock: Superblock,
): Out<M, Superblock> {
  const next = { ...superblock, end: store.space.end };
  const steps = planCommit(store, next);
  const ordered = handle.manifest.guarantees.orderedWrites === true;
  const written = inTurn(handle.mode, steps, (step) => take(handle, step, ordered));
  return chain<M, void, Superblock>(written, () =>
    // Values went to the file as they were written; they, too, have to reach the medium.
    chain<M, void, Superblock>(handle.flush(), () => {
      for (const step of steps)
        if ('change' in step) store.cache.drop(step.change.position, step.change.bytes.length);
      store.staged.clear();
      store.space.publish();
      if (steps.length > 0) store.physicalSize = store.base + store.space.limit;
      return settled(handle.mode, next);
    }),
  );
}

function take<M extends Mode>(handle: CheckedFile<M>, step: Step, ordered: boolean): Out<M, void> {
  const nothing = settled(handle.mode, undefined) as Out<M, void>;
  switch (step.do) {
    case 'barrier':
      return ordered ? nothing : handle.flush();
    case 'resize':
      return chain<M, number, void>(handle.size(), (now) =>
        now === step.size ? nothing : handle.truncate(step.size),
      );
    case 'driver-info':
      // Only now do the members have the lengths that it states.
      return chain<M, DriverInfo, void>(handle.driverInfo(), (info) =>
        handle.write(step.position, encodeDriverInfo(info), { kind: 'superblock' }),
      );
    default:
      return handle.write(step.change.position, step.change.bytes, {
        kind: step.do === 'superblock' ? 'superblock' : 'object-header',
      });
  }
}

function planCommit(store: MetadataStore, after: Superblock): Step[] {
  const fresh: Change[] = [];
  const changed = new Map<number, Change[]>();
  for (const [address, bytes, order] of store.staged) {
    const change = { position: store.base + address, bytes };
    if (!store.space.isPublished(address)) fresh.push(change);
    else if (changed.has(order)) changed.get(order)!.push(change);
    else changed.set(order, [change]);
  }
  const groups: Step[][] = [writes(fresh)];
  if (store.space.hasGrown) {
    // The last allocation may not have been written to its end, and no file is shorter than its superblock says.
    // Members of a set have no length in common; there, every allocation is written to its end.
    if (!store.space.isSet) groups[0]!.push({ do: 'resize', size: store.base + after.end });
    if (after.driverInfo !== undefined) groups[0]!.push({ do: 'driver-info', position: after.driverInfo });
    const change = { position: store.base, bytes: encodeSuperblock(after) };
    groups.push([{ do: 'superblock', change }]);
  }
  for (const order of [...changed.keys()].sort((a, b) => a - b)) groups.push(writes(changed.get(order)!));
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, index): Step[] => (index === 0 ? group : [{ do: 'barrier' }, ...group]));
}

/** Joins changes that follow each other without a gap, so that a thousand small structures are a few writes. */
function writes(changes: readonly Change[]): Step[] {
  const joined: Step[] = [];
  let first = 0;
  let length = 0;
  for (const [index, { position, bytes }] of changes.entries()) {
    const start = changes[first]!.position;
    if (index > first && (position !== start + length || length + bytes.length > joinedBytes)) {
      joined.push({ do: 'write', change: join(changes.slice(first, index), length) });
      first = index;
      length = 0;
    }
    length += bytes.length;
  }
  if (first < changes.length) joined.push({ do: 'write', change: join(changes.slice(first), length) });
  return joined;
}

function join(changes: readonly Change[], length: number): Change {
  const { position } = changes[0]!;
  if (changes.length === 1) return changes[0]!;
  const bytes = new Uint8Array(length);
  for (const change of changes) bytes.set(change.bytes, change.position - position);
  return { position, bytes };
}
