import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cephConf } from './ceph-conf.js';

/** A running S3 server. */
export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  close(): Promise<void>;
}

const programs = ['setpriv', 'ceph-mon', 'ceph-osd', 'ceph', 'monmaptool', 'radosgw', 'radosgw-admin'];

/** Whether the Debian packages radosgw, ceph-mon and ceph-osd are installed. */
export const hasS3Server: boolean = programs.every((name) => spawnSync(name, ['--version']).status === 0);

/**
 * Starts Ceph's S3 gateway over a cluster of one, all in memory; it takes some ten seconds. What runs is started here as
 * children, and ends with `close` or with the thread that started it.
 */
export async function startS3Server(): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 'terrane-ceph-'));
  for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(folder, name));
  const id = randomUUID();
  const [monitorPort, gatewayPort] = [await freePort(), await freePort()];
  const conf = join(folder, 'ceph.conf');
  writeFileSync(conf, cephConf({ folder, id, monitorPort, gatewayPort }));

  const env = { ...process.env, CEPH_CONF: conf };
  const children: ChildProcess[] = [];
  const run = (name: string, ...args: string[]) =>
    execFileSync(name, args, { env, encoding: 'utf8', stdio: 'pipe', timeout: 60_000 });
  // A monitor that has only just begun refuses commands now and then, or lets them wait for ever. These can be said twice.
  const tell = async (...args: string[]) => {
    const options = { env, encoding: 'utf8', stdio: 'pipe', timeout: 15_000 } as const;
    for (let tries = 1; ; tries++) {
      try {
        return execFileSync('ceph', ['--connect-timeout', '10', ...args], options);
      } catch (error) {
        if (tries === 4) throw error;
        await sleep(500);
      }
    }
  };
  const start = (name: string, ...args: string[]) => {
    // A test runner that is killed has no time to say goodbye: the system ends what it started.
    children.push(spawn('setpriv', ['--pdeathsig', 'KILL', name, '-f', ...args], { env, stdio: 'ignore' }));
  };
  const close = async () => {
    const gone = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(gone);
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    const map = join(folder, 'monmap');
    run('monmaptool', '--create', '--fsid', id, '--addv', 'a', `[v1:127.0.0.1:${monitorPort}]`, map);
    run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map);
    start('ceph-mon', '-i', 'a');
    const disk = randomUUID();
    await tell('osd', 'new', disk);
    run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', disk);
    await tell('osd', 'crush', 'add', 'osd.0', '1.0', 'root=default', 'host=here');
    start('ceph-osd', '-i', '0');
    const credentials = { accessKeyId: 'terrane', secretAccessKey: 'terrane-secret' };
    const { accessKeyId, secretAccessKey } = credentials;
    const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
    run('radosgw-admin', 'user', 'create', '--uid', 'terrane', '--display-name', 'Terrane', ...keys);
    start('radosgw', '--name', 'client.rgw');
    const endpoint = `http://127.0.0.1:${gatewayPort}`;
    await answering(endpoint);
    return { endpoint, region: 'default', credentials, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function answering(endpoint: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(endpoint).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error(`nothing answers at ${endpoint}`);
}

/** A port that nobody uses. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
