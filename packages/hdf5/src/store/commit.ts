import { type CheckedFile, chain, type Mode, type Out, settled } from '@terrane/driver';
import { encodeSuperblock, type Superblock } from '../format/superblock.js';
import { inTurn } from './in-turn.js';
import type { MetadataStore } from './metadata-store.js';

/** Neighbouring changes are written together up to this many bytes. */
const joinedBytes = 256 * 1024;

/** One write, or a point that all writes before must have reached the medium to pass. */
type Step =
  | { readonly position: number; readonly bytes: Uint8Array; readonly isSuperblock: boolean }
  | 'barrier';

/**
 * Writes all staged changes in the order that keeps the file readable wherever the writing stops:
 *
 * 1. what lies behind the old end of the file, which nothing refers to yet;
 * 2. the superblock, so that the new end is valid before anything points there;
 * 3. what replaces older metadata and refers to the new.
 *
 * Answers the superblock as it stands in the file now.
 */
export function commitStaged<M extends Mode>(
  handle: CheckedFile<M>,
  store: MetadataStore,
  superblock: Superblock,
): Out<M, Superblock> {
  const next = { ...superblock, end: store.end };
  const steps = planCommit(store, superblock, next);
  // Values go to the file as they are written; they still have to reach the medium.
  if (steps.length === 0) {
    return chain<M, void, Superblock>(handle.flush(), () => settled(handle.mode, superblock));
  }
  const ordered = handle.manifest.guarantees.orderedWrites === true;
  const written = inTurn(handle.mode, steps, (step) => {
    if (step !== 'barrier') {
      return handle.write(step.position, step.bytes, {
        kind: step.isSuperblock ? 'superblock' : 'object-header',
      });
    }
    return ordered ? settled(handle.mode, undefined) : handle.flush();
  });
  const size = store.base + store.end;
  return chain<M, void, Superblock>(written, () =>
    chain<M, void, Superblock>(setLength(handle, size), () =>
      chain<M, void, Superblock>(handle.flush(), () => {
        for (const step of steps) if (step !== 'barrier') store.cache.drop(step.position, step.bytes.length);
        store.staged.clear();
        store.physicalSize = size;
        return settled(handle.mode, next);
      }),
    ),
  );
}

/** The file ends where its address space does: the last allocation may not have been written to its end. */
function setLength<M extends Mode>(handle: CheckedFile<M>, size: number): Out<M, void> {
  return chain<M, number, void>(handle.size(), (now) =>
    now === size ? settled(handle.mode, undefined) : handle.truncate(size),
  );
}

function planCommit(store: MetadataStore, before: Superblock, after: Superblock): Step[] {
  const fresh: Step[] = [];
  const changed: Step[] = [];
  for (const [address, bytes] of store.staged) {
    const step = { position: store.base + address, bytes, isSuperblock: false };
    (address >= before.end ? fresh : changed).push(step);
  }
  const steps: Step[] = joinNeighbours(fresh);
  if (after.end !== before.end) {
    if (before.end > 0 || steps.length > 0) steps.push('barrier');
    steps.push({ position: store.base, bytes: encodeSuperblock(after), isSuperblock: true });
    if (changed.length > 0) steps.push('barrier');
  }
  return [...steps, ...joinNeighbours(changed)];
}

/** Joins writes that follow each other without a gap, so that a thousand small structures are a few writes. */
function joinNeighbours(steps: readonly Step[]): Step[] {
  const joined: Step[] = [];
  let group: Uint8Array[] = [];
  let start = 0;
  let length = 0;
  const finish = (): void => {
    if (group.length === 0) return;
    const bytes = group.length === 1 ? group[0]! : new Uint8Array(length);
    if (group.length > 1) {
      let at = 0;
      for (const part of group) {
        bytes.set(part, at);
        at += part.length;
      }
    }
    joined.push({ position: start, bytes, isSuperblock: false });
    group = [];
    length = 0;
  };
  for (const step of steps) {
    if (step === 'barrier') continue;
    if (group.length > 0 && (step.position !== start + length || length + step.bytes.length > joinedBytes))
      finish();
    if (group.length === 0) start = step.position;
    group.push(step.bytes);
    length += step.bytes.length;
  }
  finish();
  return joined;
}
