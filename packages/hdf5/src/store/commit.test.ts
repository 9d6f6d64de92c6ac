import { memoryDriver, openWith } from '@terrane/driver';
import { openH5wasm } from '@terrane/oracles';
import { Dataset, type Group } from 'h5wasm/node';
import { expect, it } from 'vitest';
import { createFile, type File, openFile } from '../index.js';
import { type LoggedCall, recorded, replayed } from './recorded.fixture.js';

const formats = ['earliest', 'v108'] as const;

/** Names that fill symbol nodes, split them, and split the tree above them. */
const oldNames = Array.from({ length: 150 }, (_, index) => `name ${(index * 73) % 1000}`);
const newNames = Array.from({ length: 40 }, (_, index) => `name ${(index * 211 + 5) % 1000} new`);

function oldFile(format: (typeof formats)[number]): Uint8Array {
  const file = createFile(openWith(memoryDriver(), { mode: 'w' }), { format });
  const group = file.root.createGroup('g');
  for (const [index, name] of oldNames.entries()) group.createDataset(name, { data: Int32Array.of(index) });
  group.attributes.set('old', 'text');
  group.attributes.set('grows', 'a');
  file.root.createDataset('late', { shape: [3], type: 'float64' });
  return file.image();
}

/** Everything an edit can be, in one flush. */
function edit(file: File<'sync'>): void {
  const group = file.group('g');
  for (const [index, name] of newNames.entries())
    group.createDataset(name, { data: Int32Array.of(1000 + index) });
  group.createSoftLink('soft', 'name 0');
  group.createGroup('zz inner').createDataset('x', { data: [1.5] });
  group.attributes.set('grows', 'b'.repeat(2000));
  for (let index = 0; index < 20; index++) group.attributes.set(`new ${index}`, Float64Array.of(index, 0, 0));
  file.dataset('late').write([1, 2, 3]);
}

/** What a crash after any number of calls leaves must be a file in which nothing old is missing or changed. */
function checkOurs(bytes: Uint8Array): void {
  const file = openFile(openWith(memoryDriver({ a: bytes }), { name: 'a' }));
  const group = file.group('g');
  const keys = group.keys();
  for (const [index, name] of oldNames.entries()) {
    expect(keys).toContain(name);
    expect(group.dataset(name).read().data).toEqual(Int32Array.of(index));
  }
  expect(keys.length).toBe(new Set(keys).size);
  for (const name of keys) {
    const object = group.get(name);
    expect(object, name).toBeDefined();
    const added = newNames.indexOf(name);
    if (added >= 0) expect(group.dataset(name).read().data).toEqual(Int32Array.of(1000 + added));
  }
  expect(group.attributes.value('old')).toBe('text');
  expect(['a', 'b'.repeat(2000)]).toContain(group.attributes.value('grows'));
  for (const [name, value] of group.attributes.values()) {
    if (name.startsWith('new')) expect(value).toEqual(Float64Array.of(Number(name.slice(4)), 0, 0));
  }
  expect(['0,0,0', '1,2,3']).toContain(file.dataset('late').read().data.join());
  file.close();
}

async function checkTheirs(bytes: Uint8Array): Promise<void> {
  using opened = await openH5wasm(bytes);
  const group = opened.file.get('g') as Group;
  const keys = group.keys();
  for (const name of oldNames) expect(keys).toContain(name);
  expect(keys.length).toBe(new Set(keys).size);
  for (const name of keys) {
    if (name === 'soft') continue;
    const object = group.get(name);
    expect(object !== null, name).toBe(true);
    if (!(object instanceof Dataset)) continue;
    const [value] = object.value as Int32Array;
    const old = oldNames.indexOf(name);
    expect(value, name).toBe(old >= 0 ? old : 1000 + newNames.indexOf(name));
  }
  expect(group.attrs.old?.value).toBe('text');
  expect(['a', 'b'.repeat(2000)]).toContain(group.attrs.grows?.value);
}

function editLog(format: (typeof formats)[number]): { before: Uint8Array; log: LoggedCall[] } {
  const before = oldFile(format);
  const { driver, log } = recorded(memoryDriver({ a: before }));
  const file = openFile(openWith(driver, { name: 'a', mode: 'r+' }), { mode: 'r+' });
  edit(file);
  file.close();
  return { before, log };
}

it.each(formats)('wherever the writing of an edit stops, the file is sound (%s)', async (format) => {
  const { before, log } = editLog(format);
  expect(log.filter(({ op }) => op === 'write').length).toBeGreaterThan(5);
  for (let calls = 0; calls <= log.length; calls++) checkOurs(replayed(before, log.slice(0, calls)));
  // The calls up to the first barrier only add what nothing refers to; after each of the others the library looks.
  const barrier = log.findIndex(({ op }) => op === 'flush');
  for (let calls = barrier; calls <= log.length; calls++)
    await checkTheirs(replayed(before, log.slice(0, calls)));
});

it.each(formats)('writes between two barriers may reach the medium in any order (%s)', (format) => {
  const { before, log } = editLog(format);
  for (let seed = 0; seed < 80; seed++) checkOurs(replayed(before, tornOrder(log, seed)));
});

it.each(formats)('without the barriers there would be broken files (%s)', (format) => {
  const { before, log } = editLog(format);
  const unordered = log.filter(({ op }) => op !== 'flush');
  const broken = Array.from({ length: 60 }, (_, seed) => {
    try {
      checkOurs(replayed(before, tornOrder(unordered, seed)));
      return 0;
    } catch {
      return 1;
    }
  });
  expect(broken).toContain(1);
});

it('the order is new structures, the end of file, then what refers to them', () => {
  const { before, log } = editLog('earliest');
  const calls = log.map(({ op, position = 0 }) => {
    if (op !== 'write') return op;
    return position === 0 ? 'superblock' : position < before.length ? 'old' : 'new';
  });
  const runs = calls.filter((call, index) => call !== calls[index - 1]).join(' ');
  expect(runs).toMatch(
    /^new( truncate new)? (truncate )?flush superblock flush old flush old flush old( flush old)* flush$/,
  );
});

/** Some calls of the log up to a point: all before the last barrier, and of those since then any, in any order. */
function tornOrder(log: readonly LoggedCall[], seed: number): LoggedCall[] {
  let state = seed * 2654435761 + 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const stop = random(log.length + 1);
  const sofar = log.slice(0, stop);
  const barrier = sofar.findLastIndex(({ op }) => op === 'flush') + 1;
  const pending = sofar.slice(barrier).filter(() => random(3) > 0);
  for (let index = pending.length - 1; index > 0; index--) {
    const other = random(index + 1);
    [pending[index], pending[other]] = [pending[other]!, pending[index]!];
  }
  return [...sofar.slice(0, barrier), ...pending];
}
