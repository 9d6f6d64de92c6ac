import { ByValues } from './frames.js';
import type { Bag } from './operand.js';
import type { Frames } from './row-frames.js';

/** How often each list of values came. */
export class Tally {
  readonly #cells = new ByValues<{ rows: number }>();
  readonly #counts: { rows: number }[] = [];

  add(values: readonly unknown[]): void {
    const cell = this.#cells.find(values, () => {
      const made = { rows: 0 };
      this.#counts.push(made);
      return made;
    });
    cell.rows++;
  }

  /** The entropy of the counts in natural units: ln N − (Σ n ln n) / N; 0 of nothing. */
  entropy(): number {
    let all = 0;
    let weighted = 0;
    for (const { rows } of this.#counts) {
      all += rows;
      weighted += rows * Math.log(rows);
    }
    // One count alone leaves a rounding error, which would be a negative entropy.
    return this.#counts.length < 2 ? 0 : Math.log(all) - weighted / all;
  }
}

/** The entropy of the values of names together. */
export function entropyOf(frames: Frames, names: readonly string[]): number {
  const tally = new Tally();
  while (frames.next()) tally.add(pick(frames.row, names));
  return tally.entropy();
}

/** What two lists of names say of each other: H(X) + H(Y) − H(X,Y), and never less than 0. */
export function mutualInformationOf(frames: Frames, x: string, y: string): number {
  const [onlyX, onlyY, both] = [new Tally(), new Tally(), new Tally()];
  while (frames.next()) {
    const [ofX, ofY] = [[frames.row[x]], [frames.row[y]]];
    onlyX.add(ofX);
    onlyY.add(ofY);
    both.add([...ofX, ...ofY]);
  }
  return Math.max(0, onlyX.entropy() + onlyY.entropy() - both.entropy());
}

function pick(row: Bag, names: readonly string[]): unknown[] {
  return names.map((name) => row[name]);
}
