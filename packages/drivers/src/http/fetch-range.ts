import { ioErrors } from '@terrane/driver';

/** What is needed to ask a server for bytes. */
export interface Server {
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  readonly headers: Readonly<Record<string, string>>;
  /** How long one answer may take, in milliseconds. */
  readonly timeout: number;
}

/**
 * Asks for bytes `start` up to `end`.
 *
 * @throws IO_UNEXPECTED, worth another try, when the server cannot be reached or does not answer in time.
 */
export async function fetchRange(
  server: Server,
  start: number,
  end: number,
  more: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<{ response: Response; expire: AbortSignal }> {
  const expire = AbortSignal.timeout(server.timeout);
  const headers = {
    ...server.headers,
    ...more,
    range: `bytes=${start}-${end - 1}`,
    // Browsers decide for themselves, and do not pack answers to ranges.
    'accept-encoding': 'identity',
  };
  try {
    const either = signal ? AbortSignal.any([signal, expire]) : expire;
    const response = await server.fetch(server.url, { headers, signal: either });
    return { response, expire };
  } catch (cause) {
    throw unreachable(server, cause, signal, expire);
  }
}

/**
 * Fills `target` with an answer's body, which must have just that length.
 *
 * @throws IO_UNEXPECTED, worth another try, when it has not.
 */
export async function readBody(
  server: Server,
  response: Response,
  target: Uint8Array,
  signal: AbortSignal | undefined,
  expire: AbortSignal,
): Promise<void> {
  let done = 0;
  const reader = response.body?.getReader();
  try {
    for (;;) {
      const { value } = (await reader?.read()) ?? {};
      if (!value) break;
      if (done + value.length > target.length) {
        done += value.length;
        break;
      }
      target.set(value, done);
      done += value.length;
    }
  } catch (cause) {
    throw unreachable(server, cause, signal, expire);
  }
  if (done === target.length) return;
  await discard(response);
  const found = done > target.length ? 'more' : `only ${done}`;
  throw ioErrors.IO_UNEXPECTED({
    message: `${server.url} was to send ${target.length} bytes and sent ${found}`,
    expected: String(target.length),
    found,
  });
}

/** Lets go of a body that nobody will read. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}

function unreachable(
  server: Server,
  cause: unknown,
  signal: AbortSignal | undefined,
  expire: AbortSignal,
): unknown {
  if (signal?.aborted) return signal.reason;
  const said = cause instanceof Error ? cause.message : String(cause);
  const why = expire.aborted ? `no answer within ${server.timeout} ms` : said;
  return ioErrors.IO_UNEXPECTED({ message: `${server.url} could not be read: ${why}`, cause });
}
