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

/**
 * Prints medians in microseconds (and the least), and for each of ours how many times as fast as each of the others it is (by the
 * least). Where the two differ much the machine was busy.
 */
export function report(
  title: string,
  samples: ReadonlyMap<string, Sample>,
  notes: ReadonlyMap<string, string> = new Map(),
): void {
  const ours = [...samples].filter(([name]) => name.startsWith('terrane'));
  console.log(`\n${title}`);
  console.log(`  ${''.padEnd(42)}${ours.map(([name]) => `${name} is`.padStart(27)).join('')}`);
  for (const [name, sample] of samples) {
    const ratios = ours.map(([our, own]) => (our === name ? '' : faster(own, sample)).padStart(27));
    const figures = `${show(sample.median)} µs (${show(sample.least)})`;
    const note = notes.get(name);
    console.log(`  ${name.padEnd(16)} ${figures.padStart(25)}${ratios.join('')}${note ? `   ${note}` : ''}`);
  }
}

const show = (value: number) => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3));

function faster(own: Sample, other: Sample): string {
  return `${(other.median / own.median).toFixed(2)} (${(other.least / own.least).toFixed(2)}) × as fast`;
}
