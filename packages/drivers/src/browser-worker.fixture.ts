import { openWith } from '@terrane/driver';
import { type KitReport, type KitTarget, runKit } from '@terrane/driver-kit';
import { blob, core, http, opfs } from './index.js';
import { openOpfsHandle } from './opfs.js';

/*
 * Runs in a worker of a real browser: the kit over the drivers that are made for browsers. The page posts what comes
 * out to the server that it came from.
 */
const post = (path: string, body: string) => fetch(path, { method: 'POST', body });
const results: { reports: KitReport[]; facts: Record<string, unknown> } = { reports: [], facts: {} };

let count = 0;
const blobs: KitTarget = {
  name: 'blob',
  driver: blob,
  modes: ['r'],
  prepare: (bytes) => ({ spec: {}, resources: bytes ? { blob: new File([bytes.slice()], 'chosen') } : {} }),
};
const images: KitTarget = {
  name: 'core',
  driver: core,
  modes: ['r', 'r+', 'a'],
  keeps: false,
  prepare: (bytes) => ({
    spec: {},
    resources: bytes ? { image: bytes } : {},
  }),
};
const served: KitTarget = {
  name: 'http',
  driver: http,
  modes: ['r'],
  async prepare(bytes) {
    const path = `/put/${++count}`;
    if (bytes) await fetch(path, { method: 'PUT', body: bytes.slice() });
    return { spec: { name: new URL(path, (globalThis as unknown as { location: URL }).location.href).href } };
  },
};
const files: KitTarget = {
  name: 'opfs',
  driver: opfs,
  // One handle is one opener: a place cannot be opened twice, so neither kept nor emptied as the cases do it.
  modes: ['r+'],
  keeps: false,
  async prepare(bytes) {
    if (!bytes) return { spec: {} };
    const handle = await openOpfsHandle(`file-${++count}`, 'w');
    handle.write(bytes, { at: 0 });
    return { spec: { name: 'file' }, resources: { handle } };
  },
};

async function codeOf(attempt: Promise<unknown>): Promise<unknown> {
  try {
    await attempt;
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return 'none';
}

try {
  for (const target of [images, blobs, served, files]) results.reports.push(await runKit(target));
  const open = async (mode: 'r' | 'r+' | 'a' | 'w' | 'w-') =>
    openWith(opfs, { name: 'kept', mode }, { handle: await openOpfsHandle('kept', mode) });
  const { facts } = results;
  facts.missing = [await codeOf(open('r')), await codeOf(open('r+'))];
  const made = await open('w-');
  made.write(0, Uint8Array.of(1, 2, 3));
  facts.locked = await codeOf(open('r'));
  made.flush();
  made.close();
  facts.exists = await codeOf(open('w-'));
  const again = await open('a');
  facts.kept = again.size();
  again.close();
  const read = await open('r');
  facts.readOnly = await codeOf(Promise.resolve().then(() => read.write(0, Uint8Array.of(1))));
  read.close();
  const emptied = await open('w');
  facts.emptied = emptied.size();
  emptied.close();
  facts.process = typeof process;
  await post('/report', JSON.stringify(results));
} catch (error) {
  await post('/report', JSON.stringify({ error: String(error), stack: (error as Error).stack }));
}
