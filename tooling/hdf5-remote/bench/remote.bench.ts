/*
 * What it costs to open a remote file of 1 GiB by http, list its root and read one row of a contiguous dataset.
 * Run from this folder: `pnpm bench`. Needs h5py, which makes the file.
 */
import { temporaryFolder } from '@terrane/oracles';
import { serveFile } from '../src/file-server.js';
import { makeLargeFile } from '../src/large-file.js';
import { readOneRow } from '../src/read-one-row.js';

using folder = temporaryFolder();
makeLargeFile(folder.join('large.h5'));
await using server = await serveFile(folder.join('large.h5'));
await readOneRow(server.url);
console.log(`round trips: ${server.requests.length} (at most 3)`);
for (const range of server.requests) console.log(`  ${range}`);
console.log(`bytes sent:  ${server.bytesSent} of 1 GiB`);
