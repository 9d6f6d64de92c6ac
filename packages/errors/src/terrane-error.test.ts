import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOptions, declareErrors, isTerraneError, nearest, reviveError, TerraneError } from './index.js';

const errors = declareErrors('LAB', {
  LAB_BROKEN: { summary: 'Something is broken.' },
  LAB_BUSY: { summary: 'Somebody else has it.', retry: 'maybe' },
});

describe('TerraneError', () => {
  it('carries code, fields, cause and the declared retry', () => {
    const cause = new RangeError('below');
    const error = errors.LAB_BUSY({ message: 'in use', target: 'a.h5', offset: 12, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      code: 'LAB_BUSY',
      message: 'in use',
      target: 'a.h5',
      offset: 12,
      retry: 'maybe',
    });
    expect(error.cause).toBe(cause);
    expect('path' in error).toBe(false);
    expect(error.stack).toContain('terrane-error.test');
    expect(error.stack?.split('\n')[1]).toContain('terrane-error.test');
  });

  it('is recognised by brand, not by class', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('terrane.error')]: 1, code: 'LAB_BROKEN' });
    expect(isTerraneError(foreign)).toBe(true);
    expect(isTerraneError(foreign, 'LAB_BROKEN')).toBe(true);
    expect(isTerraneError(foreign, 'LAB_BUSY')).toBe(false);
    expect(isTerraneError(new Error('x'))).toBe(false);
    expect(isTerraneError(null)).toBe(false);
  });

  it('refuses a code outside its family', () => {
    expect(() => declareErrors('LAB', { OTHER_CODE: { summary: '' } })).toThrow(TypeError);
    expect(() => declareErrors('LAB', { LAB_lower: { summary: '' } })).toThrow(TypeError);
  });

  it('survives structuredClone and JSON', () => {
    const path = fc.option(fc.string(), { nil: undefined });
    const property = fc.property(
      fc.string(),
      fc.nat(),
      path,
      fc.boolean(),
      (message, offset, path, nested) => {
        const cause = nested ? errors.LAB_BROKEN({ message: 'inner' }) : new Error('plain');
        const error = errors.LAB_BUSY({ message, offset, cause, ...(path === undefined ? {} : { path }) });
        const back = reviveError(structuredClone(JSON.parse(JSON.stringify(error))));
        expect(back).toBeInstanceOf(TerraneError);
        expect(back.toJSON()).toEqual(error.toJSON());
      },
    );
    fc.assert(property);
  });
});

describe('checkOptions', () => {
  it('names the option that was meant', () => {
    const known = ['driverCoreBackingStore', 'title'];
    expect(() => checkOptions({ driverCoreBackingStor: 0 }, known, 'openFile')).toThrow(
      /openFile.*driverCoreBackingStor.*did you mean "driverCoreBackingStore"/,
    );
    expect(() => checkOptions({ zzzzzz: 0 }, known, 'openFile')).toThrow(
      /known: driverCoreBackingStore, title/,
    );
    expect(() => checkOptions({ title: 'x' }, known, 'openFile')).not.toThrow();
    expect(() => checkOptions(undefined, known, 'openFile')).not.toThrow();
  });

  it('suggests nothing that is too far away', () => {
    expect(nearest('core', ['mmap', 'sec2'])).toBeUndefined();
    expect(nearest('CORE', ['core', 'sec2'])).toBe('core');
  });
});
