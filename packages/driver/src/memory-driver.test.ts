import { describe, expect, it } from 'vitest';
import { type MemoryStore, memoryDriver, openWith } from './index.js';
import { delayed } from './testing/index.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (store: MemoryStore | undefined) => new TextDecoder().decode(store?.bytes);

describe('memoryDriver', () => {
  it('opens by mode', () => {
    const driver = memoryDriver({ old: bytes('old') });
    const open = (name: string, mode: 'r' | 'r+' | 'a' | 'w' | 'w-') => openWith(driver, { name, mode });
    const missing = expect.objectContaining({ code: 'IO_NOT_FOUND', driver: 'memory', target: 'none' });
    expect(() => open('none', 'r')).toThrow(missing);
    expect(() => open('none', 'r+')).toThrow(missing);
    expect(() => open('old', 'w-')).toThrow(expect.objectContaining({ code: 'IO_EXISTS' }));
    open('old', 'a').write(3, bytes('er'));
    expect(text(driver.files.get('old'))).toBe('older');
    expect(() => open('old', 'r').write(0, bytes('x'))).toThrow(
      expect.objectContaining({ code: 'IO_READ_ONLY' }),
    );
    open('old', 'w');
    expect(text(driver.files.get('old'))).toBe('');
    open('new', 'w-').write(0, bytes('new'));
    expect(text(driver.files.get('new'))).toBe('new');
  });

  it('keeps what has no name apart, and disks too', () => {
    const driver = memoryDriver();
    const [a, b] = [openWith(driver, { mode: 'w' }), openWith(driver, { mode: 'w' })];
    a.write(0, bytes('a'));
    expect(b.size()).toBe(0);
    openWith(driver, { name: 'x', mode: 'w' });
    expect(() => openWith(memoryDriver(), { name: 'x' })).toThrow();
  });

  it('copies what it is given', () => {
    const source = Buffer.from('abc');
    openWith(memoryDriver({ a: source }), { name: 'a', mode: 'r+' }).write(0, bytes('z'));
    expect(source.toString()).toBe('abc');
  });

  it('reads zeros in gaps and in what was cut off and gained again', () => {
    const file = openWith(memoryDriver(), { mode: 'w' });
    file.write(0, bytes('abcdef'));
    file.truncate(2);
    file.write(4, bytes('x'));
    file.truncate(6);
    const target = new Uint8Array(9).fill(9);
    expect(file.read(0, target)).toBe(6);
    expect([...target]).toEqual([97, 98, 0, 0, 120, 0, 9, 9, 9]);
  });

  it('says when memory is exhausted', () => {
    const file = openWith(memoryDriver(), { mode: 'w' });
    expect(() => file.truncate(2 ** 52)).toThrow(
      expect.objectContaining({ code: 'IO_NO_SPACE', retry: 'maybe', driver: 'memory' }),
    );
    expect(file.size()).toBe(0);
  });

  it('locks between openers', async () => {
    const driver = memoryDriver({ a: bytes('a') });
    const [one, two] = [openWith(driver, { name: 'a' }), openWith(driver, { name: 'a' })];
    const shared = one.lock('shared');
    const also = two.lock('shared');
    expect(also.kind).toBe('shared');
    const locked = expect.objectContaining({ code: 'IO_LOCKED', retry: 'maybe' });
    expect(() => two.lock('exclusive')).toThrow(locked);
    shared.release();
    shared.release();
    also[Symbol.dispose]();
    const exclusive = two.lock('exclusive');
    expect(() => one.lock('shared')).toThrow(locked);
    exclusive.release();
    one.lock('exclusive');
    one.close();
    const late = await openWith(delayed(driver), { name: 'a' });
    expect(await late.lock('shared')).toMatchObject({ kind: 'shared' });
  });
});
