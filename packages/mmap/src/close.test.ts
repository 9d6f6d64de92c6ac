import { describe, expect, it } from 'vitest';
import { runChild, survives } from './child.fixture.js';

/** A file of 64 pages full of ones, mapped. */
const mapped = (mode = 'read-write') =>
  `const path = fileOf(Buffer.alloc(262144, 1)); const mapping = mmap.map(path, { mode: '${mode}', kind: 'mapped' });`;

describe('closing a mapping while something still uses it', () => {
  it('empties views of every kind', () => {
    survives(`${mapped()}
      const bytes = mapping.bytes, doubles = mapping.view(Float64Array), data = new DataView(mapping.buffer);
      const odd = mapping.view(Float64Array, 3, 2, { unaligned: true }), buffer = Buffer.from(mapping.buffer, 5, 9);
      mapping.close();
      mapping.close();
      assert.equal(bytes.length + doubles.length + odd.length + buffer.length, 0);
      assert.equal(bytes[0], undefined);
      bytes[0] = 1;
      assert.throws(() => data.getInt8(0), TypeError);
      assert.throws(() => Atomics.load(bytes, 0));
      assert.equal(buffer.toString(), '');
    `);
  });

  it('stops a compiled loop and a sort in the middle', () => {
    survives(`${mapped()}
      const words = mapping.view(Int32Array);
      const sum = (array, end) => {
        let total = 0;
        for (let i = 0; i < end; i++) { if (i === 60000) mapping.close(); total += array[i] | 0; }
        return total;
      };
      const warm = new Int32Array(1000).fill(1);
      for (let i = 0; i < 5000; i++) sum(warm, 1000);
      assert.equal(sum(words, 65536), 60000 * 0x01010101);
      const again = mmap.map(path, { mode: 'copy-on-write' });
      const bytes = again.bytes;
      let calls = 0;
      try { bytes.sort((a, b) => { if (++calls === 1000) again.close(); return a - b; }); } catch (error) { assert.ok(error instanceof TypeError); }
      assert.equal(bytes.length, 0);
    `);
  });

  it('leaves zeros to a buffer that was moved away by transfer', () => {
    survives(`${mapped()}
      const buffer = mapping.buffer;
      // Not every version of Node has the method.
      const moved = buffer.transfer ? new Uint8Array(buffer.transfer()) : undefined;
      if (moved) assert.equal(moved[100], 1);
      mapping.close();
      if (moved) { assert.equal(moved[100], 0); moved[100] = 7; assert.equal(moved[100], 7); }
      for (let i = 0; i < 50; i++) { const other = mmap.map(path); other.bytes[0]; other.close(); }
      if (moved) assert.equal(moved[100], 7);
    `);
  });

  it('leaves zeros to a view that escaped into a byte stream', () => {
    survives(`${mapped()}
      let kept;
      const stream = new ReadableStream({ type: 'bytes', pull(controller) {
        const request = controller.byobRequest;
        kept = new Uint8Array(request.view.buffer, request.view.byteOffset, request.view.byteLength);
        request.respond(8);
      } });
      const reader = stream.getReader({ mode: 'byob' });
      const { value } = await reader.read(new Uint8Array(mapping.buffer));
      assert.equal(value[0], 1);
      mapping.close();
      assert.equal(value[0], 0);
      value[1] = 9;
      assert.equal(value[1], 9);
      for (let i = 0; i < 1100; i++) mmap.map(path).close();
      gc();
      await new Promise(setImmediate);
      assert.equal(value[1], 9);
    `);
  });

  it('lets work in flight on raw addresses end', () => {
    survives(`${mapped()}
      const { randomFill } = await import('node:crypto');
      const { promisify } = await import('node:util');
      const out = fs.openSync(folder + '/out', 'w+');
      const jobs = [];
      for (let round = 0; round < 20; round++) {
        const one = mmap.map(path, { mode: 'copy-on-write' });
        const bytes = one.bytes;
        jobs.push(promisify(fs.write)(out, bytes, 0, bytes.length, 0), promisify(fs.read)(out, bytes, 0, 4096, 0), promisify(randomFill)(bytes));
        one.close();
      }
      // Each ends in its own way: zeros are written, or the system refuses the address.
      const ended = await Promise.allSettled(jobs);
      assert.equal(ended.length, 60);
    `);
  });

  it('waits for pinned work', () => {
    survives(`${mapped()}
      const { deflate } = await import('node:zlib');
      const { promisify } = await import('node:util');
      const work = mapping.withPin(() => promisify(deflate)(mapping.bytes));
      assert.throws(() => mapping.close(), { code: 'MAP_PINNED' });
      await mapping.closeAsync();
      assert.ok((await work).length > 100);
      assert.equal(mapping.closed, true);
    `);
  });

  it('is refused while a flush is under way', () => {
    survives(`${mapped()}
      mapping.bytes.fill(5);
      const flushing = mapping.flushAsync();
      assert.throws(() => mapping.close(), { code: 'MAP_PINNED' });
      await flushing;
      mapping.close();
      assert.equal(fs.readFileSync(path)[77], 5);
    `);
  });

  it('does not reach a second mapping of the same region', () => {
    survives(`${mapped()}
      const other = mmap.map(path, { mode: 'read-write' });
      const bytes = other.bytes;
      mapping.bytes[5] = 42;
      assert.equal(bytes[5], 42);
      mapping.close();
      bytes[6] = 43;
      assert.deepEqual([bytes[5], fs.readFileSync(path)[6]], [42, 43]);
      other.close();
    `);
  });
});

describe('a mapping nobody closed', () => {
  it('is unmapped when it is forgotten, and not before its last view is', () => {
    survives(`
      const path = fileOf(Buffer.alloc(8192, 3));
      let view = mmap.map(path).bytes;
      const settle = async () => { for (let i = 0; i < 10; i++) { gc(); await new Promise((done) => setTimeout(done, 5)); } };
      await settle();
      assert.equal(view[8191], 3);
      assert.equal(mmap.memoryUsage().regions, 1);
      view = undefined;
      await settle();
      assert.equal(mmap.memoryUsage().regions, 0);
      const descriptors = fs.readdirSync('/proc/self/fd').length;
      for (let i = 0; i < 50; i++) mmap.map(path, { kind: i % 2 ? 'mapped' : 'copied' });
      await settle();
      assert.equal(fs.readdirSync('/proc/self/fd').length, descriptors);
    `);
  });

  it.each([
    ['closed', 'mapping.close();'],
    ['forgotten', ''],
  ])('leaves memory, descriptors and addresses where they were, 10,000 times %s', (_how, end) => {
    survives(`
      const path = fileOf(Buffer.alloc(65536, 3));
      const status = (name) => Number(new RegExp(name + ':\\\\s+(\\\\d+)').exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]);
      const settle = async () => { for (let i = 0; i < 4; i++) { gc(); await new Promise((done) => setTimeout(done, 5)); } };
      const measure = () => ({ memory: status('VmRSS'), addresses: status('VmSize'), entries: fs.readFileSync('/proc/self/maps', 'utf8').split('\\n').length, descriptors: fs.readdirSync('/proc/self/fd').length });
      const round = async (count) => {
        for (let i = 0; i < count; i++) {
          const mapping = mmap.map(path, { mode: i % 2 ? 'read' : 'read-write' });
          mapping.bytes[i] = i;
          ${end}
          if (i % 500 === 499) await settle();
        }
        await settle();
      };
      await round(3000);
      const before = measure();
      await round(10000);
      const after = measure();
      assert.ok(after.descriptors - before.descriptors < 3, JSON.stringify([before, after]));
      // The last one may still be in a register.
      assert.ok(mmap.memoryUsage().regions < 3, JSON.stringify(mmap.memoryUsage()));
      // In KiB: what 10,000 leaked maps of 64 KiB would exceed by far.
      assert.ok(after.memory - before.memory < 20000, JSON.stringify([before, after]));
      assert.ok(after.addresses - before.addresses < 100000, JSON.stringify([before, after]));
      assert.ok(after.entries - before.entries < 200, JSON.stringify([before, after]));
    `);
  });

  it('is no trouble at the end of the process', () => {
    survives(`${mapped()} globalThis.kept = [mapping, mapping.bytes]; mapping.pin();`);
    const result = runChild(`${mapped()} globalThis.kept = mapping.bytes; process.exit(3);`);
    expect(result).toMatchObject({ status: 3, signal: null });
  });
});

describe('a store where none should be', () => {
  it('stays private in a read mapping', () => {
    survives(`${mapped('read')}
      const bytes = mapping.bytes;
      bytes[10] = 99;
      new Float64Array(mapping.buffer).fill(1.5);
      assert.throws(() => mapping.write(0, new Uint8Array(1)), { code: 'MAP_READ_ONLY' });
      assert.throws(() => mapping.flush(), { code: 'MAP_READ_ONLY' });
      assert.throws(() => mapping.resize(1), { code: 'MAP_READ_ONLY' });
      assert.equal(fs.readFileSync(path)[10], 1);
    `);
  });

  it('is noticed in a strict mapping', () => {
    survives(`
      const path = fileOf(Buffer.alloc(16384, 1));
      const mapping = mmap.map(path, { strict: true });
      const bytes = mapping.bytes;
      const store = (array, at) => { array[at] = 9; };
      for (let i = 0; i < 20000; i++) store(new Uint8Array(1), 0);
      mapping.check();
      assert.equal(bytes[5000], 1);
      store(bytes, 5000);
      assert.throws(() => mapping.check(), { code: 'MAP_STRAY_STORE' });
      assert.throws(() => mapping.bytes, { code: 'MAP_STRAY_STORE' });
      assert.equal(bytes[4999], 1);
      assert.equal(fs.readFileSync(path)[5000], 1);
      mapping.close();
    `);
  });

  it('does not reach the file through protected pages of a shared mapping', () => {
    survives(`${mapped()}
      const bytes = mapping.bytes;
      mapping.protect('read', 4096, 4096);
      bytes[0] = 7;
      mapping.check();
      bytes[4097] = 8;
      assert.deepEqual([...fs.readFileSync(path).subarray(4096, 4098)], [1, 1]);
      assert.equal(fs.readFileSync(path)[0], 7);
      assert.throws(() => mapping.flush(), { code: 'MAP_STRAY_STORE' });
      mapping.close();
      const growing = mmap.map(path, { mode: 'read-write' });
      const before = growing.bytes;
      growing.resize(300000);
      growing.protect('read', 0, 10);
      before[3] = 77;
      assert.equal(fs.readFileSync(path)[3], 1);
      assert.throws(() => growing.check(), { code: 'MAP_STRAY_STORE' });
      growing.close();
      const other = mmap.map(path, { mode: 'copy-on-write' });
      other.bytes[0] = 50;
      other.protect('read');
      other.protect('read-write');
      other.bytes[1] = 51;
      other.check();
      other.protect('read');
      const view = other.bytes;
      view[2] = 52;
      assert.deepEqual([...view.subarray(0, 4)], [50, 51, 52, 1]);
      assert.throws(() => other.check(), { code: 'MAP_STRAY_STORE' });
    `);
  });
});
