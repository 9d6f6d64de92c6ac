import { isPromise } from '@terrane/driver';

/** What several rounds gave: the middle one, and the least, which a busy machine changes less. */
export interface Sample {
  readonly median: number;
  readonly least: number;
}

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

/** Runs all candidates in turn, `rounds` times after two to warm up. */
export async function race(
  rounds: number,
  candidates: Readonly<Record<string, (round: number) => number | Promise<number>>>,
): Promise<Map<string, Sample>> {
  const times = new Map(Object.keys(candidates).map((name) => [name, [] as number[]]));
  for (let round = -2; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      // What one leaves behind is not to be collected in the next one's time.
      global.gc?.();
      const time = await run(round + 2);
      if (round >= 0) times.get(name)!.push(time);
    }
  }
  const samples = [...times].map(([name, list]) => {
    list.sort((a, b) => a - b);
    return [name, { median: list[list.length >> 1]!, least: list[0]! }] as const;
  });
  return new Map(samples);
}

/** Prints medians (and the least), and for each of ours how many times as fast as each of the others it is. */
export function report(
  title: string,
  samples: ReadonlyMap<string, Sample>,
  { unit = 'µs', moreIsBetter = false, notes = new Map<string, string>() } = {},
): void {
  const ours = [...samples.keys()].filter((name) => name.startsWith('terrane'));
  console.log(`\n${title}`);
  console.log(`  ${''.padEnd(42)}${ours.map((name) => `${name} is`.padStart(18)).join('')}`);
  for (const [name, { median, least }] of samples) {
    const ratios = ours.map((our) => {
      if (our === name) return ''.padStart(18);
      const faster = moreIsBetter ? samples.get(our)!.median / median : median / samples.get(our)!.median;
      return `${faster.toFixed(2)} × as fast`.padStart(18);
    });
    const figures = `${show(median)} ${unit} (${show(least)})`;
    const note = notes.get(name);
    console.log(`  ${name.padEnd(16)} ${figures.padStart(25)}${ratios.join('')}${note ? `   ${note}` : ''}`);
  }
}

const show = (value: number) => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3));
