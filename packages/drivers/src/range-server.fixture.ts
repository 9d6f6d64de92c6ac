import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file as the server holds it. */
export interface Served {
  bytes: Uint8Array;
  etag?: string | undefined;
}

/** A little web server over a map of files, which a test may make misbehave. */
export interface RangeServer {
  readonly files: Map<string, Served>;
  readonly requests: { path: string; range: string | undefined; ifRange: string | undefined }[];
  /** Answers a request itself, or nothing to let the server do it. */
  misbehave: ((request: IncomingMessage, response: ServerResponse, file: Served) => boolean) | undefined;
  url(path: string): string;
  close(): void;
}

export async function startRangeServer(): Promise<RangeServer> {
  const files = new Map<string, Served>();
  const requests: RangeServer['requests'] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const { range } = request.headers;
    const ifRange = request.headers['if-range'] as string | undefined;
    requests.push({ path, range, ifRange });
    const file = files.get(path);
    if (!file) return response.writeHead(404).end();
    if (handle.misbehave?.(request, response, file)) return;
    answer(response, file, range, ifRange);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const handle: RangeServer = {
    files,
    requests,
    misbehave: undefined,
    url: (path) => `http://127.0.0.1:${port}${path}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return handle;
}

/** What RFC 9110 says. */
function answer(
  response: ServerResponse,
  file: Served,
  range: string | undefined,
  ifRange: string | undefined,
): void {
  const { bytes, etag } = file;
  const headers = { 'accept-ranges': 'bytes', ...(etag && { etag }) };
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const applies = from !== undefined && (ifRange === undefined || ifRange === etag);
  if (!applies) {
    response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes);
    return;
  }
  const start = Number(from);
  const end = Math.min(Number(to) + 1, bytes.length);
  if (start >= bytes.length) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  response
    .writeHead(206, {
      ...headers,
      'content-range': `bytes ${start}-${end - 1}/${bytes.length}`,
      'content-length': end - start,
    })
    .end(bytes.subarray(start, end));
}
