import { ioErrors } from '@terrane/driver';

/** What tells one version of a remote file from another. */
export interface Version {
  readonly size: number;
  /** Only a strong one: a weak one may stand for different bytes. */
  readonly etag: string | undefined;
  readonly modified: string | undefined;
}

/** The codes of a server that mean something to us; 5xx and the like are worth another try. */
const meanings: Readonly<Record<number, 'IO_NOT_FOUND' | 'IO_PERMISSION'>> = {
  401: 'IO_PERMISSION',
  403: 'IO_PERMISSION',
  404: 'IO_NOT_FOUND',
  407: 'IO_PERMISSION',
  410: 'IO_NOT_FOUND',
};

/** The failure that a status stands for. */
export function statusError(response: Response, url: string): Error {
  const { status } = response;
  const code = meanings[status] ?? 'IO_UNEXPECTED';
  const mayHelp = code === 'IO_UNEXPECTED' && (status === 408 || status === 429 || status >= 500);
  return ioErrors[code]({
    message: `${url} answered ${status} ${response.statusText}`.trim(),
    found: String(status),
    retry: mayHelp ? 'maybe' : 'no',
  });
}

/**
 * The version in a partial answer, and which bytes it holds.
 *
 * @throws IO_UNEXPECTED when the server does not say, IO_UNSUPPORTED when the bytes are packed.
 */
export function readRange(response: Response, url: string): { start: number; end: number; version: Version } {
  refusePacked(response, url);
  const range = response.headers.get('content-range') ?? '';
  const [, start, end, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range) ?? [];
  if (size === undefined) {
    throw ioErrors.IO_UNEXPECTED({
      message: `${url} does not say which bytes it sends, or how long the file is`,
      expected: 'a header Content-Range: bytes A-B/SIZE (and in browsers, that it is exposed)',
      found: range,
      retry: 'no',
    });
  }
  return { start: Number(start), end: Number(end) + 1, version: versionOf(response, Number(size)) };
}

/** @throws IO_UNSUPPORTED when ranges are ranges of something packed. */
export function refusePacked(response: Response, url: string): void {
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  if (encoding === 'identity') return;
  throw ioErrors.IO_UNSUPPORTED({
    message: `${url} sends the file packed (${encoding}), so positions mean nothing`,
    feature: `content-encoding ${encoding}`,
    hint: 'turn compression off on the server for this kind of file',
  });
}

export function versionOf(response: Response, size: number): Version {
  const etag = response.headers.get('etag') ?? undefined;
  return {
    size,
    etag: etag?.startsWith('W/') ? undefined : etag,
    modified: response.headers.get('last-modified') ?? undefined,
  };
}

/** Whether two answers are about the same bytes, as far as the server lets us know. */
export function sameVersion(one: Version, other: Version): boolean {
  return one.size === other.size && one.etag === other.etag && one.modified === other.modified;
}
