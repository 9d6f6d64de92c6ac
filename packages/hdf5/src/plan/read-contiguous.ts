import { chain, type DriverFile, type Mode, type Out, type ReadRequest } from '@terrane/driver';
import { errors } from '../errors.js';
import { inTurn } from '../store/in-turn.js';
import type { ValueArray } from '../types/dtype.js';
import type { ValueCodec } from '../types/value-codec.js';
import type { Run } from './hyperslab.js';

/** Runs of at least this many bytes are read on their own, straight into the result where it can take them. */
const directBytes = 64 * 1024;
/** Smaller ones are read together, as far as one window reaches. */
const windowBytes = 1024 * 1024;
/** Windows in flight at once hold no more than this. */
const batchBytes = 16 * 1024 * 1024;

/** A part of the dataset to bring, and what to do when it is here. */
interface Window {
  readonly position: number;
  readonly target: Uint8Array;
  finish(): void;
}

/** Contiguous values in the file: where they begin, and how one is stored. */
export interface ContiguousSource<A extends ValueArray> {
  /** Position in the file of the first element. */
  readonly position: number;
  readonly codec: ValueCodec<A>;
  /** Name of the dataset, for messages. */
  readonly path: string;
}

/** Reads runs into `out`, in bounded memory beside it. */
export function readContiguous<M extends Mode, A extends ValueArray>(
  handle: DriverFile<M>,
  source: ContiguousSource<A>,
  runs: Iterable<Run>,
  out: A,
): Out<M, void> {
  const gap = handle.manifest.hints.mergeGapBytes ?? 4096;
  const batches = batch(windows(source, runs, out, gap));
  return inTurn(handle.mode, batches, (windows) => {
    const requests: ReadRequest[] = windows.map(({ position, target }) => ({
      position,
      target,
      kind: 'raw',
    }));
    if (requests.length === 1) {
      const only = requests[0]!;
      return chain<M, number, void>(handle.read(only.position, only.target, { kind: 'raw' }), (count) =>
        done(windows, [count], source.path),
      );
    }
    return chain<M, number[], void>(handle.readMany!(requests), (counts) =>
      done(windows, counts, source.path),
    );
  });
}

function done<M extends Mode>(
  windows: readonly Window[],
  counts: readonly number[],
  path: string,
): Out<M, void> {
  for (const [index, window] of windows.entries()) {
    if (counts[index] !== window.target.length) throw truncated(window, counts[index]!, path);
    window.finish();
  }
  return undefined as Out<M, void>;
}

function* batch(windows: Iterable<Window>): IterableIterator<Window[]> {
  let group: Window[] = [];
  let bytes = 0;
  for (const window of windows) {
    group.push(window);
    bytes += window.target.length;
    if (bytes < batchBytes) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

function* windows<A extends ValueArray>(
  { position, codec }: ContiguousSource<A>,
  runs: Iterable<Run>,
  out: A,
  gap: number,
): IterableIterator<Window> {
  const size = codec.elementBytes;
  let group: Run[] = [];
  let start = 0;
  let end = 0;
  const take = (): Window => {
    const taken = group;
    const from = start;
    const target = new Uint8Array(end - start);
    const finish = (): void => {
      for (const run of taken) decodeRun(codec, target.subarray(run.source * size - from), run, out);
    };
    return { position: position + from, target, finish };
  };
  for (const run of split(runs, size)) {
    const first = run.source * size;
    const last = first + (run.count - 1) * run.step * size + size;
    const isDirect = run.step === 1 && last - first >= directBytes;
    if (group.length > 0 && (isDirect || first > end + gap || last - start > windowBytes)) {
      yield take();
      group = [];
    }
    if (isDirect) {
      yield direct(position, codec, run, out);
      continue;
    }
    if (group.length === 0) start = first;
    group.push(run);
    end = last;
  }
  if (group.length > 0) yield take();
}

/** Runs that span more than a window are cut, unless the bytes can go straight to where they belong. */
function* split(runs: Iterable<Run>, size: number): IterableIterator<Run> {
  const most = Math.max(1, Math.floor(windowBytes / size));
  for (const run of runs) {
    const limit = run.step === 1 ? Infinity : Math.max(1, Math.floor(most / run.step));
    for (let at = 0; at < run.count; at += limit) {
      const count = Math.min(limit, run.count - at);
      yield { source: run.source + at * run.step, target: run.target + at, count, step: run.step };
    }
  }
}

function direct<A extends ValueArray>(position: number, codec: ValueCodec<A>, run: Run, out: A): Window {
  const size = codec.elementBytes;
  const { inPlace } = codec;
  if (inPlace !== undefined) {
    const target = inPlace.bytes(out, run.target, run.count);
    return { position: position + run.source * size, target, finish: () => inPlace.finish(target) };
  }
  const target = new Uint8Array(run.count * size);
  return {
    position: position + run.source * size,
    target,
    finish: () => codec.decode(target, out, run.target),
  };
}

/** Decodes one run from the bytes that begin with its first element. */
export function decodeRun<A extends ValueArray>(
  codec: ValueCodec<A>,
  bytes: Uint8Array,
  run: Run,
  out: A,
): void {
  const size = codec.elementBytes;
  if (run.step === 1) {
    codec.decode(bytes.subarray(0, run.count * size), out, run.target);
    return;
  }
  const gathered = new Uint8Array(run.count * size);
  for (let index = 0; index < run.count; index++) {
    const from = index * run.step * size;
    for (let byte = 0; byte < size; byte++) gathered[index * size + byte] = bytes[from + byte]!;
  }
  codec.decode(gathered, out, run.target);
}

function truncated(window: Window, count: number, path: string): Error {
  return errors.H5_TRUNCATED({
    message: `the file ends before the values of ${path}`,
    path,
    structure: 'raw data',
    offset: window.position,
    length: window.target.length,
    expected: `${window.target.length} bytes`,
    found: `${count} bytes`,
  });
}
