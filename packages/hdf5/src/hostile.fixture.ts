import { memoryDriver, openWith } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { type File, type Hdf5Object, openFile } from './index.js';

/** Numbers from a seed, the same ones every time. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = (seed * 2654435761) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Fields that are worth having in the wrong place. */
const nastyBytes: readonly (readonly number[])[] = [
  [0],
  [1],
  [0xff],
  [0x7f],
  [0x80],
  [0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0],
  [0, 0, 0, 0, 0, 0, 0, 0],
];

/** A damaged copy: bytes changed, fields overwritten, stretches copied over others, the end cut off. */
export function damaged(original: Uint8Array, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  let bytes = original.slice();
  // Most of what is in a small file is metadata, and most of that near its beginning.
  const place = (): number => (random(2) === 0 ? random(Math.min(bytes.length, 2048)) : random(bytes.length));
  for (let left = 1 + random(6); left > 0 && bytes.length > 16; left--) {
    const at = place();
    switch (random(6)) {
      case 0:
        bytes[at]! ^= 1 << random(8);
        break;
      case 1:
        bytes[at] = random(256);
        break;
      case 2:
      case 3: {
        const field = nastyBytes[random(nastyBytes.length)]!;
        bytes.set(field.slice(0, bytes.length - at), at);
        break;
      }
      case 4: {
        const length = 1 + random(Math.min(64, bytes.length - at));
        bytes.copyWithin(place(), at, at + length);
        break;
      }
      default:
        if (random(4) === 0) bytes = bytes.slice(0, Math.max(16, at));
    }
  }
  return bytes;
}

/** How far one file is looked at, so that loops in it come to an end. */
const mostObjects = 150;
const mostElements = 100_000;

/**
 * Does everything with a file that is read from it, and some edits.
 *
 * @throws whatever is thrown that is no Terrane error
 */
export function exercise(bytes: Uint8Array): { readonly opened: boolean; readonly refusals: number } {
  let refusals = 0;
  const attempt = <T>(action: () => T): T | undefined => {
    try {
      return action();
    } catch (error) {
      if (!isTerraneError(error)) throw error;
      refusals++;
      return undefined;
    }
  };
  const opened = attempt(() => open(bytes, 'r'));
  if (opened) {
    walk(opened, attempt);
    opened.close();
  }
  const edited = attempt(() => open(bytes, 'r+'));
  if (edited) {
    edit(edited, attempt);
    attempt(() => edited.flush());
    walk(edited, attempt);
  }
  return { opened: opened !== undefined, refusals };
}

type Attempt = <T>(action: () => T) => T | undefined;

const open = (bytes: Uint8Array, mode: 'r' | 'r+'): File<'sync'> =>
  openFile(openWith(memoryDriver({ a: bytes }), { name: 'a', mode }), { mode });

function walk(file: File<'sync'>, attempt: Attempt): void {
  const queue: Hdf5Object<'sync'>[] = [file.root];
  for (let seen = 0; seen < mostObjects && seen < queue.length; seen++) {
    const object = queue[seen]!;
    attempt(() => object.attributes.values());
    for (const name of attempt(() => object.attributes.names())?.slice(0, 50) ?? [])
      attempt(() => object.attributes.get(name)?.read());
    if (object.kind === 'dataset') {
      if (object.size <= mostElements) attempt(() => object.read());
      attempt(() => object.read({ count: object.shape?.map((length) => Math.min(length, 2)) ?? [0] }));
      attempt(() => object.view().release());
    }
    if (object.kind !== 'group') continue;
    for (const name of attempt(() => object.keys())?.slice(0, mostObjects) ?? []) {
      if (queue.length > mostObjects) break;
      const child = attempt(() => object.get(name));
      if (child !== undefined) queue.push(child);
    }
  }
}

function edit(file: File<'sync'>, attempt: Attempt): void {
  const groups = [file.root];
  for (const name of attempt(() => file.root.keys())?.slice(0, 8) ?? []) {
    const child = attempt(() => file.get(name));
    if (child?.kind === 'group') groups.push(child);
    if (child?.kind === 'dataset' && child.size <= mostElements) attempt(() => child.write(1));
    if (child) attempt(() => child.attributes.set('new', 'text'));
  }
  for (const group of groups) {
    for (let index = 0; index < 10; index++) attempt(() => group.createGroup(`new group ${index}`));
    attempt(() => group.createDataset('new dataset', { data: [1, 2, 3] }));
    for (const name of attempt(() => group.attributes.names())?.slice(0, 3) ?? []) {
      attempt(() => group.attributes.set(name, 'another value, and a longer one'));
      attempt(() => group.attributes.delete(name));
    }
  }
}
