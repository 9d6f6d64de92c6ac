import { describe, expect, it } from 'vitest';
import { mayMount, runChild, survives } from './child.fixture.js';

describe('a file that another process truncates', () => {
  it('goes on as zeros, and is torn for good', () => {
    survives(`
      const path = fileOf(Buffer.alloc(65536, 1));
      const mapping = mmap.map(path, { mode: 'read-write' });
      const bytes = mapping.bytes;
      truncate(path, 8192);
      assert.equal(mapping.torn, false);
      assert.deepEqual([bytes[8191], bytes[8192], bytes[65535]], [1, 0, 0]);
      assert.equal(mapping.torn, true);
      for (const call of [() => mapping.bytes, () => mapping.flush(), () => mapping.resize(1), () => mapping.check(),
        () => mapping.read(0, new Uint8Array(4)), () => mapping.write(0, new Uint8Array(1)), () => mapping.advise('normal')]) {
        assert.throws(call, { code: 'MAP_TORN', target: path });
      }
      truncate(path, 65536);
      bytes[60000] = 9;
      assert.throws(() => mapping.check(), { code: 'MAP_TORN' });
      assert.equal(fs.readFileSync(path)[60000], 0);
      mapping.close();
      const again = mmap.map(path);
      assert.deepEqual([again.bytes[0], again.bytes[60000]], [1, 0]);
    `);
  });

  it('is found out in a page that still exists by looking at the file', () => {
    survives(`
      const path = fileOf(Buffer.alloc(10000, 1));
      for (const kind of ['mapped', 'copied']) {
        fs.writeFileSync(path, Buffer.alloc(10000, 1));
        const mapping = mmap.map(path, { kind });
        mapping.verify();
        truncate(path, 9000);
        assert.equal(mapping.torn, false);
        assert.throws(() => mapping.verify(), { code: 'MAP_TORN' });
        mapping.close();
      }
    `);
  });

  it('harms no built-in function, no compiled loop and no thread', () => {
    survives(`
      const { deflate } = await import('node:zlib');
      const { promisify } = await import('node:util');
      const size = 1 << 20;
      const path = fileOf(Buffer.alloc(size, 1));
      const fresh = () => { fs.writeFileSync(path, Buffer.alloc(size, 1)); return mmap.map(path); };
      const uses = [
        (bytes) => bytes.indexOf(9), (bytes) => new Uint8Array(size).set(bytes), (bytes) => bytes.slice(),
        (bytes) => new Float64Array(bytes.buffer).reduce((a, b) => a + b, 0), (bytes) => bytes.fill(3),
        (bytes) => Buffer.compare(bytes, Buffer.alloc(size, 1)), (bytes) => Buffer.from(bytes.buffer).toString('latin1').length,
        (bytes) => bytes.sort(), (bytes) => Atomics.load(bytes, size - 1), (bytes) => promisify(deflate)(bytes),
        (bytes) => { let sum = 0; for (let i = 0; i < size; i++) sum += bytes[i]; return sum; },
      ];
      for (const use of uses) {
        const mapping = fresh();
        const bytes = mapping.bytes;
        truncate(path, 4096);
        await use(bytes);
        assert.throws(() => mapping.check(), { code: 'MAP_TORN' });
        mapping.close();
      }
      const mapping = fresh();
      const worker = startWorker(\`
        const mapping = mmap.reopen(workerData);
        parentPort.postMessage('ready');
        parentPort.once('message', () => {
          let sum = 0;
          for (const byte of mapping.bytes) sum += byte;
          parentPort.postMessage([sum, mapping.torn]);
        });\`, mapping.describe());
      await once(worker, 'message');
      truncate(path, 4096);
      worker.postMessage('go');
      assert.deepEqual((await once(worker, 'message'))[0], [4096, true]);
      await worker.terminate();
    `);
  });

  it('costs one map entry, not one for every second page', () => {
    survives(`
      const path = folder + '/holes';
      fs.writeFileSync(path, '');
      fs.truncateSync(path, 64 << 20);
      const mapping = mmap.map(path);
      const bytes = mapping.bytes;
      // From the end: each fault is in a new last page of a file that is cut page by page.
      for (let page = (16 << 10) - 1; page > 12 << 10; page -= 2) {
        fs.truncateSync(path, page * 4096);
        bytes[page * 4096];
      }
      const entries = fs.readFileSync('/proc/self/maps', 'utf8').split('\\n').length;
      assert.ok(entries < 1000, String(entries));
      assert.equal(mapping.torn, true);
    `);
  });
});

describe('a full disk', () => {
  // Some containers let nobody mount anything.
  it.runIf(mayMount)('is an error when space is reserved, and a torn mapping when it is not', () => {
    const code = `
      const path = process.env.SMALL_DISK + '/data';
      const full = { code: 'MAP_NO_SPACE' };
      assert.throws(() => mmap.map(path, { mode: 'read-write', create: true, length: 32 << 20 }), full);
      const mapping = mmap.map(path, { mode: 'read-write', create: true, length: 4096 });
      assert.throws(() => mapping.resize(32 << 20), full);
      assert.deepEqual([fs.statSync(path).size, mapping.length], [4096, 4096]);
      mapping.close();
      fs.rmSync(path);
      const sparse = mmap.map(path, { mode: 'read-write', create: true, sparse: true, length: 32 << 20 });
      const bytes = sparse.bytes;
      for (let at = 0; at < bytes.length; at += 4096) bytes[at] = 1;
      assert.throws(() => sparse.flush(), { code: 'MAP_TORN' });
      sparse.close();
      console.log('alive');
    `;
    expect(runChild(code, { smallDisk: true })).toMatchObject({
      signal: null,
      stdout: 'alive\n',
      stderr: '',
    });
  });
});

describe('other faults and signals', () => {
  it('end the process as they did before, when they are sent', () => {
    // kill -BUS and kill -SEGV with no listener are deadly, guard or not.
    for (const signal of ['SIGBUS', 'SIGSEGV'] as const) {
      const code = `const mapping = mmap.map(fileOf('x'), { strict: true }); process.kill(process.pid, '${signal}'); setTimeout(() => {}, 5000);`;
      expect(runChild(code)).toMatchObject({ signal });
    }
  });

  it('reach a listener of the program, and tearing still does no harm', () => {
    survives(`
      const path = fileOf(Buffer.alloc(65536, 1));
      const before = mmap.map(path);
      let heard = 0;
      const listener = () => { heard++; };
      process.on('SIGBUS', listener);
      process.kill(process.pid, 'SIGBUS');
      await new Promise((done) => setTimeout(done, 50));
      assert.equal(heard, 1);
      const one = before.bytes;
      truncate(path, 0);
      assert.equal(one[5000], 0);
      process.off('SIGBUS', listener);
      assert.equal(one[50000], 0);
      fs.writeFileSync(path, Buffer.alloc(65536, 1));
      const two = mmap.map(path);
      const bytes = two.bytes;
      truncate(path, 0);
      assert.equal(bytes[5000], 0);
      assert.deepEqual([before.torn, two.torn], [true, true]);
    `);
  });

  it('leaves the traps of WebAssembly alone', () => {
    survives(`
      // (module (memory 1) (func (export "load") (param i32) (result i32) local.get 0 i32.load))
      const code = Uint8Array.from([0,97,115,109,1,0,0,0,1,6,1,96,1,127,1,127,3,2,1,0,5,3,1,0,1,7,8,1,4,108,111,97,100,0,0,10,9,1,7,0,32,0,40,2,0,11]);
      const { instance } = await WebAssembly.instantiate(code);
      const trap = () => assert.throws(() => instance.exports.load(1 << 30), WebAssembly.RuntimeError);
      trap();
      const path = fileOf(Buffer.alloc(65536, 1));
      const strict = mmap.map(path, { strict: true });
      const bytes = strict.bytes;
      for (let i = 0; i < 100; i++) trap();
      bytes[1] = 2;
      trap();
      truncate(path, 0);
      bytes[9000];
      trap();
      assert.equal(strict.torn, true);
    `);
  });
});
