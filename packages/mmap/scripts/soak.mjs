// Everything at once for a while: maps come and go on three threads while another process cuts and regrows the files,
// with garbage collections and WebAssembly traps in between. Ends with 0 when the process has survived.
// node --expose-gc scripts/soak.mjs [seconds] [the package's index.js]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const seconds = Number(process.argv[2] ?? 15);
const size = 1 << 20;
const files = 6;
// (module (memory 1) (func (export "load") (param i32) (result i32) local.get 0 i32.load))
const trapping = 'AGFzbQEAAAABBgFgAX8BfwMCAQAFAwEAAQcIAQRsb2FkAAAKCQEHACAAKAIACw==';

if (isMainThread) {
  const folder = mkdtempSync(join(tmpdir(), 'terrane-soak-'));
  const paths = Array.from({ length: files }, (_, index) => join(folder, `file-${index}`));
  for (const path of paths) writeFileSync(path, Buffer.alloc(size, 1));
  const cutter = `const fs = require('fs'); const paths = ${JSON.stringify(paths)}; for (;;) { const path = paths[Math.random() * paths.length | 0];
    try { fs.truncateSync(path, Math.random() < 0.5 ? ${size} : Math.random() * ${size} | 0); } catch {} }`;
  const child = spawn(process.execPath, ['-e', cutter], { stdio: 'inherit' });
  const workers = [0, 1, 2].map(
    () => new Worker(new URL(import.meta.url), { workerData: paths, argv: process.argv.slice(2) }),
  );
  const counts = await Promise.all(
    workers.map((worker) => new Promise((done, fail) => worker.once('message', done).once('error', fail))),
  );
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
  const total = (name) => counts.reduce((sum, count) => sum + count[name], 0);
  console.log(
    `${total('maps')} maps, ${total('torn')} of them torn, ${total('traps')} traps: survived ${seconds} s`,
  );
} else {
  const file = process.argv[3] ?? new URL('../dist/index.js', import.meta.url).pathname;
  const { map } = await import(pathToFileURL(file).href);
  const { instance } = await WebAssembly.instantiate(Buffer.from(trapping, 'base64'));
  const count = { maps: 0, torn: 0, traps: 0 };
  const kept = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const path = workerData[(Math.random() * files) | 0];
    try {
      const mapping = map(path, [{}, { mode: 'read-write' }, { strict: true }][(Math.random() * 3) | 0]);
      count.maps++;
      const bytes = mapping.bytes;
      let sum = 0;
      for (let at = 0; at < bytes.length; at += 4096) sum += bytes[at];
      if (bytes.length > 0 && mapping.mode === 'read') bytes[(Math.random() * bytes.length) | 0] = sum;
      if (mapping.torn) count.torn++;
      if (Math.random() < 0.9) mapping.close();
      else kept.push(bytes);
      if (kept.length > 50) kept.splice(0, 25);
    } catch (error) {
      if (!/^MAP_/.test(error.code)) throw error;
    }
    try {
      instance.exports.load(1 << 30);
    } catch {
      count.traps++;
    }
    if (count.maps % 500 === 0) {
      globalThis.gc?.();
      await new Promise(setImmediate);
    }
  }
  parentPort.postMessage(count);
}
