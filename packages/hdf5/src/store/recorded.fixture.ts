import { type Driver, defineManifest, type MemoryDriver, MemoryStore } from '@terrane/driver';

/** One call that changes a file, or waits until all before have reached the medium. */
export interface LoggedCall {
  readonly op: 'write' | 'truncate' | 'flush';
  readonly position?: number;
  readonly bytes?: Uint8Array;
  readonly size?: number;
}

/** A driver that writes down what is done to its files, and promises no order. */
export function recorded(driver: MemoryDriver): { driver: Driver<'sync'>; log: LoggedCall[] } {
  const log: LoggedCall[] = [];
  const recording: Driver<'sync'> = {
    ...driver,
    open(spec, resources) {
      const file = driver.open(spec, resources);
      return {
        mode: 'sync',
        manifest: defineManifest({ ...file.manifest, guarantees: {} }),
        size: () => file.size(),
        read: (position, target) => file.read(position, target),
        write(position, source) {
          log.push({ op: 'write', position, bytes: source.slice() });
          file.write!(position, source);
        },
        truncate(size) {
          log.push({ op: 'truncate', size });
          file.truncate!(size);
        },
        flush() {
          log.push({ op: 'flush' });
        },
        view: (position, length) => file.view!(position, length),
        lock: (kind) => file.lock!(kind),
        close: () => file.close(),
      };
    },
  };
  return { driver: recording, log };
}

/** The file that these calls make of `before`. */
export function replayed(before: Uint8Array, log: readonly LoggedCall[]): Uint8Array {
  const store = new MemoryStore(before);
  for (const { op, position, bytes, size } of log) {
    if (op === 'write') store.write(position!, bytes!);
    if (op === 'truncate') store.resize(size!);
  }
  return store.bytes;
}
