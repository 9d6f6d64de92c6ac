import {
  type AccessOptions,
  always,
  chain,
  type DriverFile,
  deriveFile,
  driverErrors,
  isPromise,
  type Mode,
  type Out,
  settled,
} from '@terrane/driver';
import { PageStore } from './page-store.js';

/** How {@link pageCache} caches. */
export interface PageCacheOptions {
  /** Bytes read and kept at a time; 65 536 unless given. */
  readonly pageBytes?: number;
  /** The most bytes kept; 16 MiB unless given. The page that was not used for the longest goes first. */
  readonly budgetBytes?: number;
  /** The caller's word that nobody else changes the file, where the driver cannot give its own. */
  readonly soleUser?: boolean;
  /** The first bytes of the file, if somebody has read them already: whole pages, or all there is. */
  readonly head?: Uint8Array;
}

/** More than this is not read in one go. */
const longestRun = 8 * 1024 * 1024;

/**
 * Keeps what was read, by pages, within a budget; what is written goes through and changes the pages, too. Reads of
 * neighbouring pages go out as one.
 *
 * @throws DRV_GUARANTEE_MISSING when others may change the file: the driver does not promise `immutable`, and the caller
 *   does not say `soleUser`.
 */
export function pageCache<M extends Mode>(
  file: DriverFile<M>,
  options: PageCacheOptions = {},
): DriverFile<M> {
  const { driver, target: name, guarantees, capabilities: has } = file.manifest;
  if (!guarantees.immutable && !options.soleUser) {
    throw driverErrors.DRV_GUARANTEE_MISSING({
      message: `a page cache over ${driver} could show old bytes: others may change ${name}`,
      driver,
      target: name,
      expected: 'the guarantee "immutable", or the option soleUser',
    });
  }
  const { pageBytes = 65_536, budgetBytes = 16 * 1024 * 1024 } = options;
  const store = new PageStore(pageBytes, budgetBytes);
  if (options.head) store.putHead(options.head);
  const pending = new Map<number, Out<M, Uint8Array>>();

  /** Reads the pages of a run in one go; every page is there for others who want it meanwhile. */
  const load = (
    first: number,
    last: number,
    size: number,
    access: AccessOptions | undefined,
  ): Out<M, Uint8Array>[] => {
    const { generation } = store;
    const start = first * pageBytes;
    const bytes = new Uint8Array(Math.min((last + 1) * pageBytes, size) - start);
    const run = chain<M, number, Uint8Array>(readWhole(file, start, bytes, access), (count) =>
      settled(file.mode, bytes.subarray(0, count)),
    );
    const pages: Out<M, Uint8Array>[] = [];
    for (let page = first; page <= last; page++) {
      const cut = (whole: Uint8Array) =>
        whole.subarray((page - first) * pageBytes, (page - first + 1) * pageBytes);
      const one = chain<M, Uint8Array, Uint8Array>(run, (whole) => {
        // A write may have come in between; then these bytes are good for this reader only.
        if (store.generation === generation) store.put(page, cut(whole).slice());
        return settled(file.mode, cut(whole));
      });
      pages.push(one);
      // What somebody may abort is not for others to wait for.
      if (!isPromise(one) || access?.signal) continue;
      pending.set(page, one);
      const forget = () => pending.get(page) === one && pending.delete(page);
      one.then(forget, forget);
    }
    return pages;
  };

  const read = (position: number, target: Uint8Array, access?: AccessOptions): Out<M, number> =>
    chain<M, number, number>(file.size(), (size) => {
      const length = Math.min(target.length, size - position);
      if (length <= 0) return settled(file.mode, 0);
      if (length > budgetBytes / 2) return readWhole(file, position, target.subarray(0, length), access);
      const first = Math.floor(position / pageBytes);
      const last = Math.floor((position + length - 1) / pageBytes);
      const pages: Out<M, Uint8Array>[] = [];
      for (let page = first; page <= last; page++) {
        const known = store.get(page) ?? pending.get(page);
        if (known) {
          pages.push(known as Out<M, Uint8Array>);
          continue;
        }
        let end = page;
        const longest = Math.max(1, Math.floor(longestRun / pageBytes));
        while (end < last && end - page + 1 < longest && !store.has(end + 1) && !pending.has(end + 1)) end++;
        pages.push(...load(page, end, size, access));
        page = end;
      }
      return chain<M, Uint8Array[], number>(all(pages), (found) => {
        let done = 0;
        for (const [index, page] of found.entries()) {
          const from = index === 0 ? position - first * pageBytes : 0;
          const part = page.subarray(from, from + length - done);
          target.set(part, done);
          done += part.length;
        }
        return settled(file.mode, done);
      });
    });

  return deriveFile(file, {
    read,
    ...(has.write && {
      write: (position: number, source: Uint8Array, access?: AccessOptions) => {
        const forget = () => {
          store.drop(position, position + source.length);
          pending.clear();
        };
        forget();
        return always<M, void>(() => file.write!(position, source, access), forget);
      },
    }),
    ...(has.truncate && {
      truncate: (size: number) => {
        const forget = () => {
          store.clear();
          pending.clear();
        };
        return always<M, void>(() => file.truncate!(size), forget);
      },
    }),
    // A file below that reads several at once would pass the cache by.
    manifest: {
      capabilities: withoutReadMany(has),
      hints: { ...file.manifest.hints, blockBytes: pageBytes },
    },
  } as Parameters<typeof deriveFile<M>>[1]);
}

function withoutReadMany<T extends { readMany?: true }>({ readMany: _, ...others }: T): Omit<T, 'readMany'> {
  return others;
}

/** Reads on after short counts, as the checks would. */
function readWhole<M extends Mode>(
  file: DriverFile<M>,
  position: number,
  target: Uint8Array,
  access: AccessOptions | undefined,
): Out<M, number> {
  return chain<M, number, number>(file.read(position, target, access), (count) => {
    if (count === 0 || count === target.length) return settled(file.mode, count);
    const rest = readWhole(file, position + count, target.subarray(count), access);
    return chain<M, number, number>(rest, (more) => settled(file.mode, count + more));
  });
}

function all<M extends Mode, T>(values: readonly Out<M, T>[]): Out<M, T[]> {
  return (values.some(isPromise) ? Promise.all(values) : values) as Out<M, T[]>;
}
