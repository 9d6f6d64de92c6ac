import {
  type AccessOptions,
  type DriverFile,
  deriveFile,
  type Mode,
  type ReadRequest,
} from '@terrane/driver';

/** Counts of one kind of memory. */
export interface AccessCounts {
  reads: number;
  bytesRead: number;
  writes: number;
  bytesWritten: number;
}

/** What was asked of a file, by kind of memory: what HDF5's log driver tells, as data. */
export class AccessStatistics {
  /** By {@link MemoryKind}, and `unknown` for calls that name none. */
  readonly kinds: Record<string, AccessCounts> = {};
  sizes = 0;
  truncations = 0;
  flushes = 0;

  of(kind: string): AccessCounts {
    this.kinds[kind] ??= { reads: 0, bytesRead: 0, writes: 0, bytesWritten: 0 };
    return this.kinds[kind];
  }

  addRead(kind: string, bytes: number): void {
    const counts = this.of(kind);
    counts.reads++;
    counts.bytesRead += bytes;
  }

  addWrite(kind: string, bytes: number): void {
    const counts = this.of(kind);
    counts.writes++;
    counts.bytesWritten += bytes;
  }

  /** A table of text, one line a kind. */
  toString(): string {
    const row = (cells: readonly (string | number)[]) =>
      cells
        .map((cell, index) => (index === 0 ? String(cell).padEnd(14) : String(cell).padStart(14)))
        .join('');
    const lines = Object.entries(this.kinds).map(([kind, { reads, bytesRead, writes, bytesWritten }]) =>
      row([kind, reads, bytesRead, writes, bytesWritten]),
    );
    const others = `sizes ${this.sizes}, truncations ${this.truncations}, flushes ${this.flushes}`;
    return [row(['kind', 'reads', 'bytes', 'writes', 'bytes']), ...lines, others, ''].join('\n');
  }
}

/** Counts every access, by the kind of memory it names. */
export function countAccesses<M extends Mode>(
  file: DriverFile<M>,
  statistics: AccessStatistics,
): DriverFile<M> {
  const { capabilities: has } = file.manifest;
  return deriveFile(file, {
    size: () => {
      statistics.sizes++;
      return file.size();
    },
    read: (position: number, target: Uint8Array, options?: AccessOptions) => {
      statistics.addRead(options?.kind ?? 'unknown', target.length);
      return file.read(position, target, options);
    },
    ...(has.write && {
      write: (position: number, source: Uint8Array, options?: AccessOptions) => {
        statistics.addWrite(options?.kind ?? 'unknown', source.length);
        return file.write!(position, source, options);
      },
    }),
    ...(has.truncate && {
      truncate: (size: number) => {
        statistics.truncations++;
        return file.truncate!(size);
      },
    }),
    ...(has.flush && {
      flush: () => {
        statistics.flushes++;
        return file.flush!();
      },
    }),
    ...(has.readMany && {
      readMany: (requests: readonly ReadRequest[], options?: AccessOptions) => {
        for (const { kind = options?.kind ?? 'unknown', target } of requests)
          statistics.addRead(kind, target.length);
        return file.readMany!(requests, options);
      },
    }),
  } as Parameters<typeof deriveFile<M>>[1]);
}
