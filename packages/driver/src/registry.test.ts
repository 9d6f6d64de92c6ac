import { describe, expect, it, vi } from 'vitest';
import { createRegistry, type Driver, memoryDriver, openWith } from './index.js';
import { delayed } from './testing/index.js';

const ten = new Uint8Array(10);
const memory = (): Driver<'sync'> => ({ ...memoryDriver({ ten }), aliases: ['H5FD_MEMORY'] });
const spec = { driver: 'memory', name: 'ten' };

describe('a registry', () => {
  it('answers at once for a synchronous driver', () => {
    const registry = createRegistry([memory()]);
    expect(registry.openSync(spec).size()).toBe(10);
    const file = registry.open({ ...spec, driver: 'H5FD_MEMORY' });
    expect(file).toMatchObject({ mode: 'sync', closed: false });
    expect(registry).toMatchObject({ names: ['memory'], schemes: ['memory'] });
  });

  it('loads a lazy driver when it is asked for, and not before', async () => {
    const load = vi.fn(async () => ({ default: memory() }));
    const registry = createRegistry([{ name: 'memory', load }]);
    expect(load).not.toHaveBeenCalled();
    expect(() => registry.openSync(spec)).toThrow(expect.objectContaining({ code: 'DRV_NOT_SYNC' }));
    expect(await (await registry.open(spec)).size()).toBe(10);
  });

  it('says what is missing when loading fails', async () => {
    const cause = new Error("Cannot find package 'acme'");
    const registry = createRegistry([{ name: 'acme', load: () => Promise.reject(cause) }]);
    const error = { code: 'DRV_DEPENDENCY_MISSING', driver: 'acme', cause };
    await expect(registry.open({ driver: 'acme' })).rejects.toMatchObject(error);
  });

  it('lists what it knows and suggests what was meant', () => {
    const registry = createRegistry([memory()]);
    const open = (driver: string) => () => registry.open({ driver });
    expect(open('memry')).toThrow(/did you mean "memory"\? \(known: memory, H5FD_MEMORY\)/);
    expect(open('memry')).toThrow(expect.objectContaining({ code: 'DRV_UNKNOWN_DRIVER', found: 'memry' }));
    expect(open('s3')).toThrow(/it comes with @terrane\/driver-s3/);
    expect(open('H5FD_LOG')).toThrow(/it comes with @terrane\/drivers/);
    expect(open('H5FD_MPIO')).toThrow(expect.objectContaining({ code: 'DRV_UNKNOWN_DRIVER' }));
  });

  it('opens URLs by their scheme, and paths as files', () => {
    const driver: Driver<'sync'> = { ...memoryDriver({ 'C:\\a b%41': ten }), schemes: ['file', 'memory'] };
    const registry = createRegistry([driver]);
    expect(registry.openSync('C:\\a b%41').size()).toBe(10);
    expect(registry.openSync('memory:new?mode=w').manifest).toMatchObject({
      target: 'new',
      capabilities: { write: true },
    });
    expect(() => registry.open('memry:x')).toThrow(/did you mean "memory:"\? \(known: file, memory\)/);
    expect(() => registry.open('s3://bucket/x')).toThrow(
      expect.objectContaining({
        code: 'DRV_UNKNOWN_SCHEME',
        found: 's3',
        hint: 'it comes with @terrane/driver-s3',
      }),
    );
    expect(() => registry.open('memory:x?backing=1')).toThrow(TypeError);
    const whole = {
      ...memory(),
      schemes: ['web'],
      parse: (url: string) => ({ name: url, mode: 'w' as const }),
    };
    expect(createRegistry([whole]).openSync('web://x?a=1').manifest.target).toBe('web://x?a=1');
  });

  it('refuses two drivers of one name', () => {
    expect(() => createRegistry([memory(), memory()])).toThrow(
      expect.objectContaining({ code: 'DRV_DUPLICATE' }),
    );
    const other = { ...memory(), name: 'other', aliases: [] };
    expect(() => createRegistry([memory(), other])).toThrow(/both answer to "memory"/);
  });

  it('needs an await for an asynchronous driver', async () => {
    const registry = createRegistry([delayed(memory())]);
    expect(() => registry.openSync(spec)).toThrow(expect.objectContaining({ code: 'DRV_NOT_SYNC' }));
    expect(await (await registry.open(spec)).size()).toBe(10);
  });
});

describe('openWith', () => {
  it('refuses what the driver does not declare', () => {
    expect(() => openWith(memory(), { name: 'a', options: { backingStor: 1 } })).toThrow(/it takes none/);
    const core: Driver<'sync'> = { ...memory(), options: ['backingStore'], resources: ['image'] };
    expect(() => openWith(core, { options: { backingStor: 1 } })).toThrow(/did you mean "backingStore"/);
    expect(() => openWith(core, {}, { imag: 1 })).toThrow(/did you mean "image"/);
    expect(() => openWith(core, { nam: 'x' } as never)).toThrow(/did you mean "name"/);
  });

  it.each([
    ['nothing', undefined],
    ['no name', { ...memory(), name: '' }],
    ['no contract', { ...memory(), contract: undefined }],
    ['no mode', { ...memory(), mode: 'both' }],
    ['no open', { ...memory(), open: undefined }],
    ['a promise where it said it would not', { ...memory(), open: async () => undefined }],
    ['no file', { ...memory(), open: () => undefined }],
  ])('names a driver with %s', (_, driver) => {
    expect(() => openWith(driver as never, {})).toThrow(
      expect.objectContaining({ code: 'DRV_CONTRACT_BROKEN' }),
    );
  });

  it('refuses a driver of a later contract', () => {
    const driver = { ...memory(), contract: 2 } as never;
    expect(() => openWith(driver, {})).toThrow(expect.objectContaining({ code: 'DRV_CONTRACT_TOO_NEW' }));
  });

  it('names the driver whose open fails', async () => {
    const cause = new Error('no');
    const open = () => {
      throw cause;
    };
    const failed = { code: 'IO_UNEXPECTED', op: 'open', driver: 'memory', target: 'a', cause };
    expect(() => openWith({ ...memory(), open }, { name: 'a' })).toThrow(expect.objectContaining(failed));
    const later = { ...delayed(memory()), open: () => Promise.reject(cause) };
    await expect(openWith(later, { name: 'a' })).rejects.toMatchObject(failed);
  });
});
