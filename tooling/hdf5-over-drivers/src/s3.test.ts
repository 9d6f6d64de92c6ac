import { readFileSync } from 'node:fs';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { openWith, type TraceEvent } from '@terrane/driver';
import { s3 } from '@terrane/driver-s3';
import { createFile, openFile } from '@terrane/hdf5';
import { openH5wasm } from '@terrane/oracles';
import { hasS3Server, startS3Server } from '@terrane/s3-server';
import { afterAll, describe, expect, it } from 'vitest';
import { contentOf } from './content-of.fixture.js';
import { expectedOf, fixtureNames, fixtures } from './fixtures.fixture.js';

const server = hasS3Server ? await startS3Server() : undefined;
afterAll(() => server?.close());

describe.runIf(server)("HDF5 over Ceph's S3 gateway", async () => {
  if (!server) return;
  const { endpoint, region, credentials } = server;
  const Bucket = 'hdf5';
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket }));
  const options = { endpoint, region };
  const nameOf = (Key: string) => `s3://${Bucket}/${Key}`;
  const get = async (Key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Body!.transformToByteArray();
  };

  it.each(fixtureNames)('%s reads as it does from memory', async (name) => {
    await client.send(new PutObjectCommand({ Bucket, Key: name, Body: readFileSync(fixtures + name) }));
    const handle = await openWith(s3, { name: nameOf(name), options }, { credentials });
    const file = await openFile(handle);
    expect(await contentOf(file)).toEqual(await expectedOf(name));
    await file.close();
  });

  it('makes, edits and replaces a file, which libhdf5 reads; opening, listing and one row cost three requests', async () => {
    const data = Float64Array.from({ length: 1_000_000 }, (_, index) => index / 4);
    const made = await createFile(
      await openWith(s3, { name: nameOf('made.h5'), mode: 'w', options }, { credentials }),
    );
    await made.root.createDataset('values', { data, shape: [1000, 1000] });
    await made.root.attributes.set('title', 'first');
    await made.close();
    const edited = await openFile(
      await openWith(s3, { name: nameOf('made.h5'), mode: 'r+', options }, { credentials }),
      { mode: 'r+' },
    );
    await edited.root.attributes.set('title', 'second');
    await edited.close();

    using theirs = await openH5wasm(await get('made.h5'));
    expect(theirs.file.attrs.title?.value).toBe('second');
    const { value } = theirs.file.get('values') as { value: Float64Array };
    expect(
      Buffer.compare(
        new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
        new Uint8Array(data.buffer),
      ),
    ).toBe(0);

    let requests = 0;
    client.middlewareStack.add(
      (next) => (args) => {
        requests++;
        return next(args);
      },
      { step: 'initialize', name: 'counting' },
    );
    const reads: TraceEvent[] = [];
    const trace = (event: TraceEvent) => event.op.startsWith('read') && reads.push(event);
    const handle = await openWith(s3, { name: nameOf('made.h5') }, { client }, { trace });
    const file = await openFile(handle);
    expect(await file.root.keys()).toEqual(['values']);
    const dataset = await file.get('values');
    if (dataset?.kind !== 'dataset') throw new Error('no dataset');
    const row = await dataset.read({ start: [700, 0], count: [1, 1000] });
    expect([...row.data]).toEqual([...data.subarray(700_000, 701_000)]);
    console.log(`open, list and read one row of 8 MB over S3: ${requests} requests, ${reads.length} reads`);
    expect(requests).toBeLessThanOrEqual(3);
    await file.close();
  });
});
