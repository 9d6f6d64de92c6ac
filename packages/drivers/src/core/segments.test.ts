import { MemoryStore } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Segments } from './segments.js';

const size = 300_000;
const step = fc.oneof(
  fc.record({
    op: fc.constant('write' as const),
    at: fc.nat(size),
    length: fc.nat(90_000),
    fill: fc.nat(255),
  }),
  fc.record({ op: fc.constant('resize' as const), at: fc.nat(size) }),
  fc.record({ op: fc.constant('read' as const), at: fc.nat(size), length: fc.nat(200_000) }),
);

describe('Segments', () => {
  it.each(['nothing', 'allocated', 'adopted', 'borrowed'] as const)(
    'do what one array does, from %s',
    (start) => {
      const property = fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const image = Uint8Array.from({ length: 150_000 }, (_, index) => index * 7);
        const kept = image.slice();
        const segments = new Segments();
        const reference = new MemoryStore(start === 'nothing' ? new Uint8Array(0) : image);
        if (start === 'adopted' || start === 'borrowed') segments.adopt(image, start === 'borrowed');
        if (start === 'allocated') {
          segments.allocate(image.length);
          segments.write(0, image);
        }
        for (const step of steps) {
          if (step.op === 'resize') {
            segments.resize(step.at);
            reference.resize(step.at);
          } else if (step.op === 'write') {
            const source = new Uint8Array(step.length).fill(step.fill);
            segments.write(step.at, source);
            reference.write(step.at, source);
          } else {
            const target = new Uint8Array(step.length);
            const count = segments.read(step.at, target);
            const expected = reference.bytes.subarray(step.at, step.at + step.length);
            expect(count).toBe(expected.length);
            expect(Buffer.compare(target.subarray(0, count), expected)).toBe(0);
            const view = segments.view(step.at, step.length);
            if (view) expect(Buffer.compare(view, expected)).toBe(0);
          }
          expect(segments.size).toBe(reference.size);
        }
        if (start === 'borrowed') expect(Buffer.compare(image, kept)).toBe(0);
      });
      fc.assert(property, { numRuns: 60 });
    },
  );

  it('grow without moving, so that old views go on living', () => {
    const segments = new Segments();
    segments.write(0, Uint8Array.of(1, 2, 3));
    const view = segments.view(0, 3)!;
    const { generation } = segments;
    for (let index = 0; index < 200; index++) segments.write(segments.size, new Uint8Array(50_000));
    segments.write(1, Uint8Array.of(42));
    expect([...view]).toEqual([1, 42, 3]);
    expect(segments.generation).toBe(generation);
  });

  it('keep in one piece what is appended at once', () => {
    const segments = new Segments();
    segments.write(0, new Uint8Array(1000));
    segments.write(1000, new Uint8Array(10_000_000).fill(3));
    expect(segments.view(1000, 10_000_000)).toHaveLength(10_000_000);
    expect(segments.view(999, 2)).toBeUndefined();
  });

  it('double, so appending costs what is appended', () => {
    const segments = new Segments();
    const piece = new Uint8Array(256 * 1024);
    const buffers = new Set<ArrayBufferLike>();
    for (let index = 0; index < 256; index++) {
      segments.write(segments.size, piece);
      buffers.add(segments.view(segments.size - 1, 1)!.buffer);
    }
    expect(segments.size).toBe(64 * 2 ** 20);
    expect(buffers.size).toBeLessThan(12);
  });

  it('copy of an image only the blocks that are written', () => {
    const image = new Uint8Array(1_000_000).fill(5);
    const segments = new Segments();
    segments.adopt(image, true);
    segments.write(500_000, Uint8Array.of(6));
    expect(segments.view(0, 100_000)?.buffer).toBe(image.buffer);
    expect(segments.view(900_000, 100_000)?.buffer).toBe(image.buffer);
    expect(segments.view(500_000, 1)?.buffer.byteLength).toBe(64 * 1024);
    expect(image[500_000]).toBe(5);
  });

  it('say when memory is exhausted, and stay as they were', () => {
    const segments = new Segments();
    segments.write(0, Uint8Array.of(1));
    expect(() => segments.resize(2 ** 50)).toThrow(expect.objectContaining({ code: 'IO_NO_SPACE' }));
    expect(segments.size).toBe(1);
  });
});
