import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checked, type DriverFile, defineManifest, memoryDriver, openWith } from './index.js';
import { planTrips } from './read-many.js';
import { CallCount, delayed, delayedFile } from './testing/index.js';

const bytes = Uint8Array.from({ length: 300 }, (_, index) => index);
const ranges = fc.array(fc.record({ position: fc.nat(350), length: fc.nat(60) }), { maxLength: 12 });

/** The reference file with other hints. */
function withHints(hints: DriverFile['manifest']['hints']): DriverFile<'sync'> {
  const file = memoryDriver({ a: bytes }).open({ driver: 'memory', name: 'a' }) as DriverFile<'sync'>;
  const manifest = defineManifest({ ...file.manifest, hints });
  return {
    mode: 'sync',
    manifest,
    size: () => file.size(),
    read: (p, t) => file.read(p, t),
    close() {},
    view: (p, l) => file.view!(p, l),
    lock: (kind) => file.lock!(kind),
  };
}

describe('readMany', () => {
  it('answers what single reads answer, whatever is merged', async () => {
    await fc.assert(
      fc.asyncProperty(ranges, fc.constantFrom(undefined, 0, 16, 1000), async (wanted, mergeGapBytes) => {
        const hints = {
          latency: 'remote' as const,
          ...(mergeGapBytes === undefined ? {} : { mergeGapBytes }),
        };
        const file = withHints(hints);
        const single = checked(withHints(hints));
        const requests = () =>
          wanted.map(({ position, length }) => ({ position, target: new Uint8Array(length) }));
        const [one, sync, async] = [requests(), requests(), requests()];
        const expected = one.map(({ position, target }) => single.read(position, target));
        expect(checked(file).readMany(sync)).toEqual(expected);
        expect(await checked(delayedFile(file)).readMany(async)).toEqual(expected);
        expect(sync).toEqual(one);
        expect(async).toEqual(one);
      }),
    );
  });

  it('saves trips where they are dear, and copies where they are not', () => {
    const at = (position: number) => ({ position, target: new Uint8Array(10) });
    const trips = (hints: DriverFile['manifest']['hints']) =>
      planTrips([at(40), at(0), at(10), at(25)], hints).length;
    expect(trips({ latency: 'memory' })).toBe(4);
    expect(trips({ latency: 'remote' })).toBe(3);
    expect(trips({ mergeGapBytes: 5 })).toBe(1);
    expect(trips({ mergeGapBytes: 4 })).toBe(3);
  });

  it('is one round over promises', async () => {
    const count = new CallCount();
    const file = await openWith(delayed(memoryDriver({ a: bytes }), { count, by: 'turn' }), { name: 'a' });
    await file.readMany([0, 50, 200].map((position) => ({ position, target: new Uint8Array(10) })));
    expect(count).toMatchObject({ rounds: 1, calls: { read: 3 }, total: 3, bytesAsked: 30 });
  });

  it("holds a driver's own answer against the requests", () => {
    const target = new Uint8Array(4);
    const manifest = defineManifest({ ...withHints({}).manifest, capabilities: { readMany: true } });
    for (const answer of [[], [5], [Number.NaN], undefined]) {
      const file = checked({ ...withHints({}), manifest, readMany: () => answer as number[] });
      expect(() => file.readMany([{ position: 0, target }])).toThrow(
        expect.objectContaining({ code: 'DRV_CONTRACT_BROKEN', op: 'readMany' }),
      );
    }
    const file = checked({ ...withHints({}), manifest, readMany: () => [3] });
    expect(file.readMany([{ position: 0, target }])).toEqual([3]);
  });

  it('leaves targets alone once it was aborted', async () => {
    const controller = new AbortController();
    const file = checked(delayedFile(withHints({}), { by: 'turn' }));
    const requests = [{ position: 1, target: new Uint8Array(3) }];
    const call = file.readMany(requests, { signal: controller.signal });
    controller.abort('enough');
    await expect(call).rejects.toBe('enough');
    await file.close();
    expect([...requests[0]!.target]).toEqual([0, 0, 0]);
    const whole = checked(delayedFile(withHints({})));
    expect(await whole.readMany(requests, { signal: new AbortController().signal })).toEqual([3]);
    expect([...requests[0]!.target]).toEqual([1, 2, 3]);
  });
});
