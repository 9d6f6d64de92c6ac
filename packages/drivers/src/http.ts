import {
  type Driver,
  type DriverFile,
  deriveFile,
  driverErrors,
  ioErrors,
  MemoryFile,
  MemoryStore,
  openIntent,
  type Resources,
  type Spec,
} from '@terrane/driver';
import { discard, fetchRange, readBody, type Server } from './http/fetch-range.js';
import { HttpFile } from './http/http-file.js';
import { readRange, refusePacked, statusError, versionOf } from './http/range-answer.js';
import { limit } from './layers/limit.js';
import { pageCache } from './layers/page-cache.js';
import { againLater, retry } from './layers/retry.js';
import { needName } from './need-name.js';

/** The options of the http driver; all are numbers but `wholeFile` and `conditional`. */
const defaults = {
  /** Bytes fetched and cached at a time. */
  blockBytes: 65_536,
  /** The most bytes cached. */
  cacheBytes: 16 * 1024 * 1024,
  /** New attempts when the network or the server fails. */
  retries: 3,
  /** Milliseconds before the first of them; doubled every time. */
  retryDelay: 100,
  /** Milliseconds that one answer may take. */
  timeout: 60_000,
  /** Requests under way at a time. */
  concurrency: 6,
  /** The largest file that is downloaded as a whole when the server has no ranges; 0 means none. */
  wholeFileBytes: 0,
} as const;

type HttpOptions = { -readonly [Name in keyof typeof defaults]: number } & { conditional: boolean };

/**
 * A file on a web server, read by ranges over `fetch`; in browsers, too. Opening costs one request, which also brings
 * the first block. A server that ignores ranges is refused, or the file downloaded if `wholeFileBytes` allows it. When
 * the file changes on the server, reading fails with IO_CHANGED.
 *
 * Options: `blockBytes`, `cacheBytes`, `retries`, `retryDelay`, `timeout`, `concurrency`, `wholeFileBytes`, and `conditional`
 * (send If-Range; in browsers only to the same origin unless given, since it costs a preflight). Resources: `fetch`,
 * `headers` (a record; for secrets, which have no place in a spec), `signal` (for opening). Mode `r`.
 */
export const http: Driver<'async'> = Object.freeze({
  name: 'http',
  contract: 1,
  mode: 'async',
  schemes: ['http', 'https'],
  // The query belongs to the address.
  parse: (url: string) => ({ name: url }),
  options: [...Object.keys(defaults), 'conditional'],
  resources: ['fetch', 'headers', 'signal'],
  open: async (spec, resources = {}) => openHttp(spec, resources),
} satisfies Driver<'async'>);

async function openHttp(spec: Spec, resources: Resources): Promise<DriverFile<'async'>> {
  const url = needName(spec);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw driverErrors.DRV_BAD_OPTION({ message: `http: ${url} is no URL of http or https`, found: url });
  }
  const options = readOptions(spec, url);
  if (openIntent(spec.mode).write) {
    throw ioErrors.IO_READ_ONLY({ message: `${url} can only be read`, hint: 'load it into core to edit it' });
  }
  const server: Server = {
    url,
    fetch: (resources.fetch as typeof fetch | undefined) ?? globalThis.fetch.bind(globalThis),
    headers: (resources.headers as Record<string, string> | undefined) ?? {},
    timeout: options.timeout,
  };
  const signal = resources.signal as AbortSignal | undefined;
  const first = () => openOnce(server, options, signal);
  return (await againLater(first, options.retries, options.retryDelay, signal)) as DriverFile<'async'>;
}

async function openOnce(
  server: Server,
  options: HttpOptions,
  signal: AbortSignal | undefined,
): Promise<DriverFile<'async'>> {
  const { url } = server;
  const { response, expire } = await fetchRange(server, 0, options.blockBytes, {}, signal);
  if (response.status === 206) {
    const { start, end, version } = readRange(response, url);
    if (start !== 0 || end !== Math.min(options.blockBytes, version.size)) {
      await discard(response);
      throw ioErrors.IO_UNEXPECTED({
        message: `${url} sent other bytes than were asked for`,
        expected: `0-${options.blockBytes}`,
        found: `${start}-${end}`,
        retry: 'no',
      });
    }
    const head = new Uint8Array(end);
    await readBody(server, response, head, signal, expire);
    return layered(new HttpFile(server, version, options.conditional), head, options);
  }
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const isEmpty = response.status === 416 && /\*\/0$/.test(response.headers.get('content-range') ?? '');
  if (isEmpty || (response.status === 200 && length === 0)) {
    await discard(response);
    return new HttpFile(server, versionOf(response, 0), options.conditional);
  }
  if (response.status !== 200) {
    await discard(response);
    throw statusError(response, url);
  }
  return download(server, response, options, signal, expire);
}

/** The retries are below the limit, the cache above both: what is cached waits for nobody. */
function layered(file: HttpFile, head: Uint8Array, options: HttpOptions): DriverFile<'async'> {
  const { blockBytes, cacheBytes, retries, retryDelay, concurrency } = options;
  const patient = limit(retry<'async'>(file, { retries, delay: retryDelay }), { concurrency });
  const cached = pageCache(patient, { pageBytes: blockBytes, budgetBytes: cacheBytes, soleUser: true, head });
  return deriveFile(cached, { manifest: { hints: { ...file.manifest.hints, blockBytes } } });
}

/** The server has sent all of the file. That is taken as such, or not at all. */
async function download(
  server: Server,
  response: Response,
  { wholeFileBytes }: HttpOptions,
  signal: AbortSignal | undefined,
  expire: AbortSignal,
): Promise<DriverFile<'async'>> {
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  if (!(length <= wholeFileBytes)) {
    await discard(response);
    const large = Number.isNaN(length) ? 'an unknown number of' : String(length);
    throw ioErrors.IO_UNSUPPORTED({
      message: `${server.url} ignores range requests, and would send all of its ${large} bytes`,
      feature: 'range requests',
      hint: 'set wholeFileBytes to download files up to that size as a whole',
    });
  }
  refusePacked(response, server.url);
  const bytes = new Uint8Array(length);
  await readBody(server, response, bytes, signal, expire);
  const memory = new MemoryFile(new MemoryStore(bytes), server.url, false);
  const { latency: _, ...hints } = memory.manifest.hints;
  return {
    mode: 'async',
    manifest: Object.freeze({
      ...memory.manifest,
      driver: 'http',
      capabilities: Object.freeze({}),
      guarantees: Object.freeze({ immutable: true as const }),
      hints: Object.freeze({ ...hints, latency: 'memory' as const }),
    }),
    size: async () => memory.size(),
    read: async (position, target) => memory.read(position, target),
    close: async () => memory.close(),
  };
}

function readOptions({ options = {} }: Spec, url: string): HttpOptions {
  const { location } = globalThis as { location?: { origin?: string } };
  const sameOrigin = !location?.origin || new URL(url).origin === location.origin;
  const { conditional = sameOrigin, ...numbers } = { ...defaults, ...options };
  for (const [name, value] of Object.entries(numbers)) {
    const least = name === 'blockBytes' || name === 'timeout' || name === 'concurrency' ? 1 : 0;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) continue;
    throw driverErrors.DRV_BAD_OPTION({
      message: `http: ${name} must be a whole number from ${least}`,
      found: String(value),
    });
  }
  if (typeof conditional !== 'boolean') {
    throw driverErrors.DRV_BAD_OPTION({ message: 'http: conditional must be true or false' });
  }
  return { ...numbers, conditional };
}
