import { DeleteObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { type CheckedFile, createRegistry, type OpenMode, openWith } from '@terrane/driver';
import { driverKit } from '@terrane/driver-kit/vitest';
import { afterAll, describe, expect, it } from 'vitest';
import {
  addressOf,
  Bucket,
  client,
  connect,
  contentOf,
  credentials,
  endpoint,
  get,
  newName,
  open,
  options,
  put,
  ramp,
  region,
  same,
  server,
  watched,
} from './ceph.fixture.js';
import { s3 } from './index.js';

afterAll(() => server?.close());

if (server) {
  for (const [name, more] of [
    ['s3', {}],
    ['s3 (100-byte blocks)', { blockBytes: 100 }],
  ] as const) {
    await driverKit(
      {
        name,
        driver: s3,
        async prepare(bytes) {
          const place = newName();
          if (bytes) await put(place, bytes);
          return { spec: { name: place, options: { ...options, ...more } }, resources: { credentials } };
        },
      },
      { inapplicable: 'omit' },
    );
  }
}

describe.runIf(server)("s3 against Ceph's gateway", () => {
  it('opens with one request, and reads ranges on condition', async () => {
    const name = newName();
    const bytes = ramp(1_000_000);
    await put(name, bytes);
    const { client: counting, sent } = watched();
    const file = await open(name, 'r', { client: counting });
    expect(await file.size()).toBe(1_000_000);
    const target = new Uint8Array(100);
    await file.read(60_000, target);
    expect(target).toEqual(bytes.subarray(60_000, 60_100));
    expect(sent).toEqual(['GetObject bytes=0-65535']);
    await file.read(900_000, target);
    expect(target).toEqual(bytes.subarray(900_000, 900_100));
    expect(await file.read(999_990, target)).toBe(10);
    expect(sent.slice(1)).toEqual(['GetObject bytes=900000-900099', 'GetObject bytes=999990-999999']);
    // Neighbours come in one request, by the checks' own doing.
    const requests = [500_000, 500_200, 800_000].map((position) => ({
      position,
      target: new Uint8Array(100),
    }));
    await file.readMany(requests);
    expect(sent.slice(3)).toEqual(['GetObject bytes=500000-500299', 'GetObject bytes=800000-800099']);
    await file.close();
  });

  it('is opened by URL, and by the name of the C library for it', async () => {
    const name = `s3://${Bucket}/by-url`;
    await put(name, ramp(10));
    const registry = createRegistry([
      { name: 's3', schemes: ['s3'], aliases: ['H5FD_ROS3'], load: () => import('./index.js') },
    ]);
    const url = `${name}?endpoint=${endpoint}&region=${region}&blockBytes=4`;
    const file = await registry.open(url, { credentials });
    expect(await contentOf(file as CheckedFile<'async'>)).toEqual(ramp(10));
    await file.close();
    const other = await registry.open({ driver: 'H5FD_ROS3', name, options }, { credentials });
    expect(other.manifest).toMatchObject({ driver: 's3', target: name, guarantees: { immutable: true } });
    await other.close();
  });

  it.each([
    ['', (_: string, __: Record<string, unknown>) => {}],
    [
      ', also where the server does not mind the condition',
      (command: string, input: Record<string, unknown>) => {
        if (command === 'GetObject') delete input.IfMatch;
      },
    ],
  ])('finds out that the object was replaced%s', async (_, change) => {
    const name = newName();
    await put(name, ramp(200_000));
    const file = await open(name, 'r', { client: watched(change).client });
    // As long as the one before.
    await put(name, ramp(200_000, 9));
    const target = new Uint8Array(50).fill(0xee);
    await expect(file.read(100_000, target)).rejects.toMatchObject({
      code: 'IO_CHANGED',
      driver: 's3',
      target: name,
      offset: 100_000,
    });
    expect(target).toEqual(new Uint8Array(50).fill(0xee));
    // What came with opening is of the version that was opened.
    expect(await file.read(0, target)).toBe(50);
    expect(target).toEqual(ramp(50));
    await client.send(new DeleteObjectCommand(addressOf(name)));
    await expect(file.read(100_000, target)).rejects.toMatchObject({ code: 'IO_CHANGED' });
    await file.close();
  });

  it('writes all of the object at close, in parts that appear together', async () => {
    const name = newName();
    const bytes = ramp(13_000_000, 11);
    const { client: counting, sent } = watched();
    const file = await openWith(
      s3,
      { name, mode: 'w', options: { partBytes: 5 * 2 ** 20 } },
      { client: counting },
    );
    await file.write(0, bytes);
    expect(sent).toEqual(['HeadObject', 'HeadBucket']);
    await file.close();
    expect(sent.slice(2).sort()).toEqual([
      'CompleteMultipartUpload',
      'CreateMultipartUpload',
      'HeadObject',
      'UploadPart',
      'UploadPart',
      'UploadPart',
    ]);
    expect(same(await get(name), bytes)).toBe(true);

    // Loaded in parts again, changed, saved by flush, and saved once more: the tag of the first save is known.
    const again = await openWith(
      s3,
      { name, mode: 'r+', options: { ...options, partBytes: 5 * 2 ** 20 } },
      { credentials },
    );
    expect(same(await contentOf(again), bytes)).toBe(true);
    await again.write(6_000_000, Uint8Array.of(1, 2, 3));
    await again.flush();
    await again.truncate(7_000_000);
    await again.close();
    const expected = bytes.slice(0, 7_000_000);
    expected.set([1, 2, 3], 6_000_000);
    expect(same(await get(name), expected)).toBe(true);
  });

  it('sends nothing when nothing changed', async () => {
    const name = newName();
    await put(name, ramp(10));
    const { client: counting, sent } = watched();
    const file = await open(name, 'r+', { client: counting });
    await file.flush();
    await file.close();
    expect(sent).toEqual(['GetObject bytes=0-65535']);
  });

  it('leaves no parts behind when a part fails, and can be closed again', async () => {
    const name = newName();
    let broken = true;
    const { client: failing } = watched((command, input) => {
      if (broken && command === 'UploadPart' && input.PartNumber === 2) input.UploadId = 'made-up';
    });
    const file = await openWith(
      s3,
      { name, mode: 'w', options: { partBytes: 5 * 2 ** 20 } },
      { client: failing },
    );
    await file.write(0, ramp(11_000_000));
    await expect(file.close()).rejects.toMatchObject({ driver: 's3', op: 'write' });
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads ?? []).toEqual([]);
    await expect(get(name)).rejects.toThrow();
    broken = false;
    await file.close();
    expect(same(await get(name), ramp(11_000_000))).toBe(true);
  });

  it.each([
    ['and has the server look', {}],
    ['and asks before', { conditionalWrites: false }],
  ])('does not write over what somebody else wrote, %s', async (_, more) => {
    const name = newName();
    await put(name, ramp(100));
    for (const mode of ['r+', 'a'] as const) {
      const file = await openWith(s3, { name, mode, options: { ...options, ...more } }, { credentials });
      await file.write(0, Uint8Array.of(9));
      const theirs = ramp(100, mode.length + 20);
      await put(name, theirs);
      await expect(file.close()).rejects.toMatchObject({ code: 'IO_CHANGED', driver: 's3', target: name });
      expect(await get(name)).toEqual(theirs);
      // What could not be kept can still be read.
      expect((await contentOf(file))[0]).toBe(9);
    }
    const fresh = newName();
    const file = await openWith(
      s3,
      { name: fresh, mode: 'w-', options: { ...options, ...more } },
      { credentials },
    );
    await put(fresh, ramp(5));
    await expect(file.close()).rejects.toMatchObject({ code: 'IO_CHANGED' });
    expect(await get(fresh)).toEqual(ramp(5));
  });

  it('the condition of a write holds where asking before was too early', async () => {
    const name = newName();
    await put(name, ramp(100));
    // The last moment there is: the request with the condition that this server understands is on its way.
    const { client: racing } = watched(async (command, input) => {
      if (command === 'PutObject' && !String(input.IfMatch).includes('"')) await put(name, ramp(3));
    });
    const file = await open(name, 'r+', { client: racing });
    await file.write(0, Uint8Array.of(9));
    await expect(file.close()).rejects.toMatchObject({
      code: 'IO_CHANGED',
      cause: { $metadata: { httpStatusCode: 412 } },
    });
    expect(await get(name)).toEqual(ramp(3));
  });

  it('says on opening what will not do', async () => {
    const opening = (name: string, mode: OpenMode, resources?: Record<string, unknown>) =>
      expect(open(name, mode, resources)).rejects;
    for (const mode of ['r', 'r+', 'w', 'w-', 'a'] as const) {
      await opening('s3://terrane-absent/key', mode).toMatchObject({
        code: 'IO_NOT_FOUND',
        driver: 's3',
        op: 'open',
      });
      const stranger = { credentials: { accessKeyId: 'nobody', secretAccessKey: 'knows' } };
      await opening(`s3://${Bucket}/key`, mode, stranger).toMatchObject({
        code: 'IO_PERMISSION',
        target: `s3://${Bucket}/key`,
      });
    }
    const reason = { why: 'enough' };
    await opening(newName(), 'r', { credentials, signal: AbortSignal.abort(reason) }).toBeDefined();
  });

  it('gives up when it is told to, and when nothing answers in time', async () => {
    const name = newName();
    await put(name, ramp(8_000_000));
    const file = await open(name);
    const controller = new AbortController();
    const reason = { why: 'enough' };
    const call = file.read(100_000, new Uint8Array(7_000_000), { signal: controller.signal });
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await file.close();

    const slow = connect();
    slow.middlewareStack.add(
      (next) => async (args) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return next(args);
      },
      { step: 'initialize', name: 'slow' },
    );
    const hasty = openWith(s3, { name, options: { timeout: 100 } }, { client: slow });
    await expect(hasty).rejects.toMatchObject({ code: 'IO_UNEXPECTED', driver: 's3', retry: 'maybe' });
  });

  it('refuses answers that are not what was asked for', async () => {
    const name = newName();
    await put(name, ramp(200_000));
    const ignoring = watched((_, input) => delete input.Range).client;
    await expect(open(name, 'r', { client: ignoring })).rejects.toMatchObject({
      code: 'IO_UNSUPPORTED',
      feature: 'range requests',
      driver: 's3',
    });
    let shifted = false;
    const wrong = watched((_, input) => {
      if (shifted) input.Range = 'bytes=5-10';
    }).client;
    const file = await open(name, 'r', { client: wrong });
    shifted = true;
    await expect(file.read(100_000, new Uint8Array(6))).rejects.toMatchObject({
      code: 'IO_UNEXPECTED',
      found: 'bytes 5-10/200000',
      retry: 'no',
    });
    await file.close();
  });
});
