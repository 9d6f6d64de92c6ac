import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { memoryDriver, openWith } from '@terrane/driver';
import { sec2 } from '@terrane/drivers';
import { ObjectStore } from '../index.js';
import { exportLines } from '../tools/index.js';
import { applyStep, type SoakStore, schema, tsx } from './soak-step.fixture.js';

const writer = fileURLToPath(new URL('soak-writer.fixture.ts', import.meta.url));

/** A store in memory that goes the same steps as the one whose writers are killed. */
export function makeShadow(): SoakStore {
  return ObjectStore.open(openWith(memoryDriver(), { name: 'shadow', mode: 'w' }), schema);
}

/** Where two lines begin to differ. */
function differing(found: string | undefined, wanted: string): string {
  if (!found) return `nothing, where ${wanted.slice(0, 80)}`;
  let at = 0;
  while (found[at] === wanted[at]) at++;
  const show = (line: string) => `${line.slice(0, 20)}…${line.slice(Math.max(20, at - 20), at + 40)}`;
  return `${show(found)}, where ${show(wanted)}`;
}

/**
 * Kills a writer at some moment, and compares what it left with the shadow, which goes on to the same step.
 *
 * @returns the step that was found.
 * @throws Error when a step that was said to be committed is gone, or anything is not as that step left it.
 */
export async function killWriter(path: string, shadow: SoakStore, milliseconds: number): Promise<number> {
  const flags = ['--conditions=@terrane/source', '--import', tsx];
  const child = spawn(process.execPath, [...flags, writer, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  let killing = false;
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
    if (!killing) setTimeout(() => child.kill('SIGKILL'), milliseconds);
    killing = true;
  });
  await once(child, 'close');
  const acknowledged = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
  using store = ObjectStore.open(openWith(sec2, { name: path, mode: 'r' }), schema, { readOnly: true });
  const { step } = store.root;
  if (!(step >= acknowledged)) throw new Error(`step ${acknowledged} was committed, and ${step} is found`);
  const { problems } = store.verify();
  if (problems.some(({ harmless }) => !harmless))
    throw new Error(problems.map(({ message }) => message).join('; '));
  for (let next = shadow.root.step + 1; next <= step; next++) {
    applyStep(shadow, next);
    shadow.commit();
  }
  const [found, wanted] = [exportLines(store), exportLines(shadow)];
  for (const line of wanted) {
    const other = found.next().value;
    if (other !== line)
      throw new Error(`step ${step} has ${differing(other ?? undefined, line)} was committed`);
  }
  if (!found.next().done) throw new Error(`step ${step} has more than was committed`);
  return step;
}
