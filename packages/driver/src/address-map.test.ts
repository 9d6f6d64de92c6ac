import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressMapOf, defineManifest } from './index.js';

const plain = { driver: 'split', target: 'set', capabilities: {}, guarantees: {}, hints: {} };
const raw = 2n ** 63n - 1n;
const manifest = defineManifest({
  ...plain,
  addresses: [
    { address: '0', position: 0, kinds: ['superblock'] },
    { address: String(raw), position: 2 ** 50, kinds: ['raw'] },
  ],
});

describe('addressMapOf', () => {
  it('leads from addresses to positions and back', () => {
    const map = addressMapOf(manifest)!;
    expect(map.toPosition(96n)).toBe(96);
    expect(map.toPosition(raw + 10n)).toBe(2 ** 50 + 10);
    const member = fc.tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 2n ** 50n - 1n }));
    fc.assert(
      fc.property(member, ([isRaw, offset]) => {
        const address = isRaw ? raw + offset : offset;
        expect(map.toAddress(map.toPosition(address))).toBe(address);
      }),
    );
    expect(() => map.toPosition(raw - 1n)).toThrow(
      expect.objectContaining({ code: 'IO_OUT_OF_RANGE', driver: 'split', found: String(raw - 1n) }),
    );
  });

  it('is nothing where addresses are positions', () => {
    expect(addressMapOf(defineManifest(plain))).toBeUndefined();
  });
});
