import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EarlyFlush } from './early-flush.js';
import { mmap } from './index.js';

const piece = 1 << 20;

function recorded() {
  const begun: [number, number][] = [];
  return { begun, early: new EarlyFlush((start, length) => begun.push([start, length])) };
}

it('begins with whole pieces of what was written one after the other', () => {
  const { begun, early } = recorded();
  for (let at = 8192; at < 8192 + 2.5 * piece; at += 65_536) early.wrote(at, 65_536);
  expect(begun).toEqual([
    [8192, piece],
    [8192 + piece, piece],
  ]);
});

it('leaves out what is scattered, what was forgotten, and the page that is not full', () => {
  const { begun, early } = recorded();
  for (let at = 0; at < 4 * piece; at += 131_072) early.wrote(at, 65_536);
  expect(begun).toEqual([]);
  early.wrote(0, piece - 10);
  early.forget();
  early.wrote(piece - 10, 100);
  expect(begun).toEqual([]);
  early.wrote(piece + 90, piece);
  expect(begun).toEqual([[piece - 10, piece + 10]]);
  early.wrote(2 * piece + 90, piece - 90);
  expect(begun.at(-1)).toEqual([2 * piece, piece]);
});

it('changes nothing about what is in the file, also of one that is cut meanwhile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'terrane-early-'));
  try {
    const name = join(folder, 'file');
    const file = mmap.open({ driver: 'mmap', name, mode: 'w' });
    const expected = Buffer.alloc(3 * piece);
    const write = (from: number, to: number, value: number) => {
      for (let at = from; at < to; at += 65_536) {
        const source = new Uint8Array(Math.min(65_536, to - at)).fill(value);
        file.write!(at, source, { flushSoon: true });
        expected.set(source, at);
      }
    };
    write(0, 3 * piece, 1);
    write(100, piece + 100, 2);
    file.truncate!(piece + 50);
    expected.fill(0, piece + 50);
    write(piece + 60, 3 * piece, 3);
    file.flush!();
    file.close();
    expect(expected.equals(readFileSync(name))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
