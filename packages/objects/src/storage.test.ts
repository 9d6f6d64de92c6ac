import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryDriver, openWith } from '@terrane/driver';
import { sec2 } from '@terrane/drivers';
import { afterAll, expect, it } from 'vitest';
import { memoryView, type PersistentBuffer, type PersistentList, type PersistentMap } from './index.js';
import { Buffer, Dict, Float, HashSet, Int, List, Storage, Text } from './storage.js';

const folder = mkdtempSync(join(tmpdir(), 'objects-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('does what the page on persistent buffers shows, line by line', () => {
  const mmapFileName = join(folder, 'testfile.mmap');
  expect(existsSync(mmapFileName)).toBe(false);
  const file = () => openWith(sec2, { name: mmapFileName, mode: 'a' });

  class MyStorage extends Storage<{ myBuffer: PersistentBuffer | null }> {
    override populateSchema() {
      const MyBuffer = this.define(Buffer);
      this.structure('Root', { myBuffer: MyBuffer });
    }
  }
  let p = new MyStorage(file(), { fileSize: 16000, stringRegistrySize: 32 });

  const s = 'This is a string.';
  p.root.myBuffer = p.schema.Buffer!(s) as PersistentBuffer;
  expect(String(p.root.myBuffer)).toMatch(/^<persistent Buffer object @offset 0x[0-9a-f]+L>$/);

  const source = memoryView(s);
  const shown = (m: ReturnType<typeof memoryView>) => [
    m.format,
    m.itemSize,
    m.dimensions,
    m.readOnly,
    m.shape,
    m.strides,
  ];
  expect(shown(source)).toEqual(['B', 1, 1, true, [17], [1]]);

  let m = memoryView(p.root.myBuffer);
  expect(shown(m)).toEqual(['B', 1, 1, false, [17], [1]]);
  expect(m.toText()).toBe('This is a string.');

  expect(() => p.close()).toThrow(expect.objectContaining({ code: 'OBJ_IN_USE' }));
  m.release();
  p.close();
  expect(() => p.root).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));
  expect(() => p.close()).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));

  p = new MyStorage(file());
  m = memoryView(p.root.myBuffer!);
  expect(shown(m)).toEqual(['B', 1, 1, false, [17], [1]]);

  const a = Array.from({ length: 10 }, (_, index) => index);
  const refusal = new TypeError("Objects of type 'Array' does not support the buffer protocol.");
  expect(() => p.schema.Buffer!(a)).toThrow(refusal);
  expect(() => p.schema.Buffer!()).toThrow(TypeError);
  expect(m.toText()).toBe('This is a string.');
  m.release();
  p.close();

  // The same from a process of its own, with the bare class and no sizes.
  const program = `
    import { openWith } from '@terrane/driver';
    import { sec2 } from '@terrane/drivers';
    import { memoryView } from ${JSON.stringify(new URL('index.js', import.meta.url).href)};
    import { Storage } from ${JSON.stringify(new URL('storage.js', import.meta.url).href)};
    const p = new Storage(openWith(sec2, { name: ${JSON.stringify(mmapFileName)}, mode: 'a' }));
    const m = memoryView(p.root.myBuffer);
    console.log(m.toText(), m.format, m.shape.join(), Object.keys(p.schema).join());`;
  const args = ['--import', 'tsx', '--conditions=@terrane/source', '--disallow-code-generation-from-strings'];
  const run = spawnSync(process.execPath, [...args, '--input-type=module', '--eval', program], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  expect([run.stdout.trim(), run.stderr]).toEqual(['This is a string. B 17 Root,Buffer', '']);
});

it('defines numbers, texts, lists, dictionaries, sets and structures that extend each other', () => {
  const disk = memoryDriver();
  const file = () => openWith(disk, { name: 'a', mode: 'a' });
  interface Agent {
    age: number;
    weight: number;
    name: string | null;
  }
  interface Root {
    agents: PersistentMap<string, Agent> | null;
    numbers: PersistentList<number> | null;
    count: number;
  }
  class Agents extends Storage<Root> {
    override populateSchema() {
      const Person = this.structure('Person', { name: Text, age: Int, weight: Float });
      this.structure('Employee', { salary: Float }, Person);
      const numbers = this.define(List('ListOfInts', Int));
      this.define(HashSet('SetOfTexts', Text));
      this.define(Int);
      const agents = this.define(Dict('ByName', Text, Person));
      this.structure('Root', { agents, numbers, count: Int });
      expect(() => this.define(numbers)).toThrow(expect.objectContaining({ code: 'OBJ_SCHEMA' }));
      expect(() => this.define(7 as never)).toThrow(TypeError);
    }
  }
  const p = new Agents(file());
  expect([p.root.agents, p.root.numbers, p.root.count]).toEqual([null, null, 0]);
  expect(() => p.schema.Int!()).toThrow(TypeError);
  expect(() => p.define(Buffer)).toThrow(TypeError);
  p.root.agents = p.schema.ByName!() as unknown as Root['agents'];
  p.root.numbers = p.schema.ListOfInts!([1, 2]) as unknown as Root['numbers'];
  const employee = p.schema.Employee!({ name: 'Bond', age: 27, salary: 7 }) as unknown as Agent;
  p.root.agents!.set('007', employee);
  p.root.count += 1;
  p.flush();
  p.close();
  const q = new Storage<Root>(file());
  expect([...q.root.numbers!]).toEqual([1, 2]);
  expect(q.root.agents!.get('007')).toMatchObject({ name: 'Bond', age: 27, weight: 0, salary: 7 });
  expect(Object.keys(q.schema)).toEqual([
    'Person',
    'Employee',
    'Root',
    'ListOfInts',
    'SetOfTexts',
    'Int',
    'ByName',
  ]);
  q.close();
});

it('needs a Root', () => {
  const disk = memoryDriver();
  const file = openWith(disk, { name: 'a', mode: 'a' });
  expect(() => new Storage(file)).toThrow(expect.objectContaining({ code: 'OBJ_SCHEMA' }));
  expect(file.size()).toBe(0);
});
