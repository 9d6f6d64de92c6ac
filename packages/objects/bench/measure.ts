/** What several rounds gave: the middle one, and the least, which a busy machine changes less. */
export interface Sample {
  readonly median: number;
  readonly least: number;
}

/** One of those that race: what it does is done `count` times in one call of `run`, which is called `times` times in a row. */
export interface Candidate {
  readonly count: number;
  readonly times?: number;
  readonly run: (round: number) => unknown;
  /** Makes ready for a round, and tidies up after it; neither is timed. */
  readonly before?: () => unknown;
  readonly after?: () => unknown;
}

/** What is demanded of a candidate: to be so many times as fast as another, or to take so many times its time at the most. */
export interface Goal {
  readonly of: string;
  readonly against: string;
  readonly timesAsFast?: number;
  readonly timesTheTime?: number;
}

const units = [
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
] as const;

/** Nanoseconds for one thing done, of all candidates in turn, `rounds` times after three to warm up. */
export async function race(
  rounds: number,
  candidates: Readonly<Record<string, Candidate>>,
): Promise<Map<string, Sample>> {
  const lists = new Map(Object.keys(candidates).map((name) => [name, [] as number[]]));
  for (let round = -3; round < rounds; round++) {
    for (const [name, { count, times = 1, run, before, after }] of Object.entries(candidates)) {
      await before?.();
      // What one leaves behind is not to be collected in the next one's time.
      global.gc?.();
      const start = process.hrtime.bigint();
      for (let time = 0; time < times; time++) {
        await run(round + 3);
        if (round < 0 && time < 10) await pause();
      }
      const elapsed = Number(process.hrtime.bigint() - start) / (times * count);
      await after?.();
      if (round >= 0) lists.get(name)!.push(elapsed);
    }
  }
  return new Map([...lists].map(([name, list]) => [name, sampleOf(list)]));
}

/*
 * The engine compiles beside what runs. Who goes on looping meanwhile may be given what was made for the middle of his loop, and
 * keep it, though it is slower, of some loops three times: so each candidate waits a few times before it is measured.
 */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 3));
}

/** The middle one and the least of them. */
export function sampleOf(list: readonly number[]): Sample {
  const sorted = [...list].sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1]!, least: sorted[0]! };
}

/**
 * Prints medians (and the least), how many times as fast as each of the others the first is (by the least), and the goals, each
 * met or not by the median. Where the two differ much the machine was busy.
 */
export function report(
  title: string,
  samples: ReadonlyMap<string, Sample>,
  goals: readonly Goal[] = [],
): void {
  console.log(`\n${title}`);
  const [first, ours] = [...samples][0]!;
  for (const [name, sample] of samples) {
    const ratio = name === first ? '' : `${first} is ${times(sample, ours)} as fast`;
    console.log(
      `  ${name.padEnd(30)} ${showTime(sample.median, sample.least).padStart(24)}   ${ratio}`.trimEnd(),
    );
  }
  for (const { of, against, timesAsFast, timesTheTime } of goals) {
    const [own, other] = [samples.get(of), samples.get(against)];
    if (!own || !other) throw new RangeError(`nobody is called ${own ? against : of}`);
    if (timesAsFast !== undefined) {
      const met = other.median / own.median >= timesAsFast;
      check(`${of} ≥ ${timesAsFast} × as fast as ${against}`, times(other, own), met);
    }
    if (timesTheTime !== undefined) {
      const met = own.median / other.median <= timesTheTime;
      check(`${of} ≤ ${timesTheTime} × the time of ${against}`, times(own, other), met);
    }
  }
}

function times(one: Sample, other: Sample): string {
  return `${(one.median / other.median).toFixed(2)} (${(one.least / other.least).toFixed(2)}) ×`;
}

/** Prints a goal, what was found, and whether that meets it. */
export function check(goal: string, found: string, met: boolean): void {
  console.log(`  ${met ? 'met   ' : 'MISSED'} goal: ${goal}: ${found}`);
}

/** A time in the unit that suits it, with the least in brackets. */
export function showTime(median: number, least: number): string {
  const [unit, nanoseconds] = units.find(([, size]) => median >= size) ?? ['ns', 1];
  return `${(median / nanoseconds).toPrecision(3)} ${unit} (${(least / nanoseconds).toPrecision(3)})`;
}
