import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import { s3 } from './index.js';

describe('s3, before anything is sent', () => {
  it.each([
    ['endpoint', 'nowhere'],
    ['region', ''],
    ['forcePathStyle', 1],
    ['blockBytes', 0],
    ['partBytes', 1024],
    ['concurrency', 0.5],
    ['retries', -1],
    ['timeout', 'soon'],
    ['conditionalWrites', 'yes'],
  ])('refuses %s: %j', async (option, value) => {
    const spec = { name: 's3://bucket/key', options: { [option]: value } };
    await expect(openWith(s3, spec)).rejects.toMatchObject({ code: 'DRV_BAD_OPTION', driver: 's3' });
  });

  it.each([undefined, '', 'bucket', 's3://bucket', 's3://bucket/', 's3:///key'])(
    'refuses the name %j',
    async (name) => {
      await expect(openWith(s3, { ...(name !== undefined && { name }) })).rejects.toMatchObject({
        code: 'DRV_BAD_OPTION',
        expected: 's3://bucket/key',
      });
    },
  );

  it('takes URLs apart, and leaves the key as it is', () => {
    expect(
      s3.parse?.('s3://bucket/a%20b/c.h5?mode=w&endpoint=http://localhost:9000&partBytes=10000000'),
    ).toEqual({
      name: 's3://bucket/a%20b/c.h5',
      mode: 'w',
      options: { endpoint: 'http://localhost:9000', partBytes: 10_000_000 },
    });
  });
});

it('a server that is not there is an error with a name, and a lack of credentials another', async () => {
  const options = { endpoint: 'http://127.0.0.1:9', region: 'none', retries: 0 };
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const spec = { name: 's3://bucket/key', options };
  await expect(openWith(s3, spec, { credentials })).rejects.toMatchObject({
    code: 'IO_UNEXPECTED',
    driver: 's3',
    target: 's3://bucket/key',
    cause: { code: 'ECONNREFUSED' },
  });
  const nobody = () =>
    Promise.reject(Object.assign(new Error('no credentials'), { name: 'CredentialsProviderError' }));
  await expect(openWith(s3, spec, { credentials: nobody })).rejects.toMatchObject({
    code: 'IO_PERMISSION',
    driver: 's3',
    hint: 'hand `credentials` in as a resource',
  });
});

it('the SDK is loaded when an object is opened, and not before', () => {
  const program = `
    import { createRequire } from 'node:module';
    const loaded = () => Object.keys(createRequire('/').cache).some((file) => file.includes('@aws-sdk'));
    const { s3 } = await import('@terrane/driver-s3');
    const { openWith } = await import('@terrane/driver');
    const before = loaded();
    const options = { endpoint: 'http://127.0.0.1:9', region: 'none', retries: 0 };
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const error = await openWith(s3, { name: 's3://bucket/key', options }, { credentials }).catch((thrown) => thrown);
    console.log(before, loaded(), error.code, error.cause.code);
  `;
  const how = ['--conditions=@terrane/source', '--import', 'tsx', '--input-type=module', '-e', program];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const { stdout } = spawnSync(process.execPath, how, { cwd, encoding: 'utf8' });
  expect(stdout).toBe('false true IO_UNEXPECTED ECONNREFUSED\n');
});
