import { isPromise } from '@terrane/driver';

/** The middle one. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Microseconds for each of `count` calls, which answer at once or by promise. */
export async function timed(count: number, call: (index: number) => unknown): Promise<number> {
  const start = performance.now();
  let index = 0;
  let result = call(index++);
  if (isPromise(result)) {
    await result;
    while (index < count) await call(index++);
  } else {
    while (index < count) result = call(index++);
  }
  return ((performance.now() - start) * 1000) / count;
}

/** Runs all candidates in turn, `rounds` times after two to warm up. @returns the median of what each gives. */
export async function race(
  rounds: number,
  candidates: Readonly<Record<string, (round: number) => number | Promise<number>>>,
): Promise<Map<string, number>> {
  const samples = new Map(Object.keys(candidates).map((name) => [name, [] as number[]]));
  for (let round = -2; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      // What one leaves behind is not to be collected in the next one's time.
      global.gc?.();
      const sample = await run(round + 2);
      if (round >= 0) samples.get(name)!.push(sample);
    }
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

/** Prints medians, and for each of ours how many times as fast it is as each of the others. */
export function report(
  title: string,
  medians: ReadonlyMap<string, number>,
  { unit = 'µs', moreIsBetter = false, notes = new Map<string, string>() } = {},
): void {
  const ours = [...medians.keys()].filter((name) => name.startsWith('terrane'));
  console.log(`\n${title}`);
  const heads = ours.map((name) => `${name} is`.padStart(18)).join('');
  console.log(`  ${''.padEnd(26)} ${''.padStart(14)}${heads}`);
  for (const [name, value] of medians) {
    const ratios = ours.map((our) => {
      if (our === name) return ''.padStart(18);
      const faster = moreIsBetter ? medians.get(our)! / value : value / medians.get(our)!;
      return `${faster.toFixed(2)} × as fast`.padStart(18);
    });
    const figure = `${value >= 1000 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
    const note = notes.get(name);
    console.log(`  ${name.padEnd(26)} ${figure.padStart(14)}${ratios.join('')}${note ? `   ${note}` : ''}`);
  }
}
