import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What a fixture's JSON says of one object; the form is described in tooling/fixtures/expected.py. */
export type ExpectedObject = { readonly sameAs: string } | ExpectedEntry;

export interface ExpectedEntry extends Partial<ExpectedValue> {
  readonly kind: 'group' | 'dataset' | 'datatype';
  readonly links?: Readonly<Record<string, { kind: string; target?: string; file?: string }>>;
  readonly attributes: Readonly<Record<string, ExpectedValue>>;
}

export interface ExpectedValue {
  readonly shape: readonly number[] | null;
  readonly datatype: Readonly<Record<string, unknown>>;
  readonly data?: readonly (number | string)[];
}

const folder = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** Names of the committed files, without their ending. */
export const fixtureNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.h5'))
  .map((name) => name.slice(0, -3))
  .sort();

/** The bytes of a committed file. */
export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(`${folder}${name}.h5`));
}

/** What h5py reads in it, by path. */
export function expectedOf(name: string): Readonly<Record<string, ExpectedObject>> {
  return JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')).objects;
}
