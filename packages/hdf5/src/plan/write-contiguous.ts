import { chain, type DriverFile, type Mode, type Out } from '@terrane/driver';
import { inTurn } from '../store/in-turn.js';
import type { InputValues, ValueCodec } from '../types/value-codec.js';
import type { Run } from './hyperslab.js';

/** Encoding happens in pieces of about this many bytes, so that it needs no second copy of everything. */
const pieceBytes = 4 * 1024 * 1024;

/** Writes runs of `values` to the elements from `position` on. Values are checked piece by piece as they go. */
export function writeContiguous<M extends Mode>(
  handle: DriverFile<M>,
  position: number,
  codec: ValueCodec,
  runs: Iterable<Run>,
  values: InputValues,
): Out<M, void> {
  const size = codec.elementBytes;
  return inTurn(handle.mode, pieces(runs, size), (run) => {
    const bytes = codec.encode(values, run.target, run.count);
    const at = position + run.source * size;
    if (run.step === 1) return handle.write!(at, bytes, { kind: 'raw' });
    // Elements that are not next to each other go in with what lies between them.
    const window = new Uint8Array(((run.count - 1) * run.step + 1) * size);
    return chain<M, number, void>(handle.read(at, window, { kind: 'raw' }), () => {
      for (let index = 0; index < run.count; index++) {
        window.set(bytes.subarray(index * size, (index + 1) * size), index * run.step * size);
      }
      return handle.write!(at, window, { kind: 'raw' });
    });
  });
}

function* pieces(runs: Iterable<Run>, size: number): IterableIterator<Run> {
  for (const run of runs) {
    const most = Math.max(1, Math.floor(pieceBytes / (size * run.step)));
    for (let at = 0; at < run.count; at += most) {
      const count = Math.min(most, run.count - at);
      yield { source: run.source + at * run.step, target: run.target + at, count, step: run.step };
    }
  }
}
