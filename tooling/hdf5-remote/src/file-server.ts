import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server for one file, which counts what it is asked for. */
export interface FileServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: string[];
  bytesSent: number;
}

export async function serveFile(path: string): Promise<FileServer> {
  const { size } = statSync(path);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const range = request.headers.range ?? '';
    requests.push(range);
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    if (from === undefined) return response.writeHead(416).end();
    const end = Math.min(Number(to), size - 1);
    handle.bytesSent += end + 1 - Number(from);
    response.writeHead(206, {
      'content-range': `bytes ${from}-${end}/${size}`,
      'content-length': end + 1 - Number(from),
      etag: '"one"',
    });
    createReadStream(path, { start: Number(from), end }).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const handle: FileServer = {
    url: `http://127.0.0.1:${port}/large.h5`,
    requests,
    bytesSent: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return handle;
}
