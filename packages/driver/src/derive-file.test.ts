import { expect, it } from 'vitest';
import { checked, type DriverFile, deriveFile, memoryDriver } from './index.js';

it('passes down what a layer does not change, and drops what it does not declare', () => {
  const below: DriverFile<'sync'> = memoryDriver({ a: Uint8Array.of(1, 2) }).open({
    driver: 'memory',
    name: 'a',
    mode: 'r+',
  });
  const upper = deriveFile(below, { size: () => 1, manifest: { capabilities: { write: true } } });
  expect(Object.keys(upper).sort()).toEqual(['close', 'manifest', 'mode', 'read', 'size', 'write']);
  const file = checked(upper);
  expect(file.size()).toBe(1);
  file.write(0, Uint8Array.of(9));
  const target = new Uint8Array(2);
  expect(below.read(0, target)).toBe(2);
  expect([...target]).toEqual([9, 2]);
  expect(deriveFile(below, {}).manifest).toBe(below.manifest);
});
