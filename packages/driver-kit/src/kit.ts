import { contractVersion } from '@terrane/driver';
import { findFacts, makeBench } from './bench.js';
import { cases } from './cases/index.js';
import type { KitCase } from './kit-case.js';
import type { KitTarget } from './target.js';

/** A case as it applies to one target: to be run, or skipped for a reason. */
export interface PlannedCase extends Pick<KitCase, 'id' | 'clauses' | 'title' | 'level'> {
  readonly skip: string | undefined;
  /** Rejects with what the driver does wrong. */
  run(): Promise<void>;
}

/** The outcome of one case. */
export interface CaseResult extends Pick<KitCase, 'id' | 'clauses' | 'title' | 'level'> {
  readonly outcome: 'pass' | 'skip' | 'fail';
  /** Why it was skipped, or what the driver does wrong. */
  readonly reason?: string;
}

/** What the kit found out about one target; plain JSON. */
export interface KitReport {
  readonly target: string;
  readonly driver: string;
  readonly mode: 'sync' | 'async';
  readonly contract: number;
  readonly runtime: string;
  /** What a file declares that is open for reading, and one that is open for writing. */
  readonly capabilities: { readonly reading: readonly string[]; readonly writing: readonly string[] };
  readonly pass: number;
  readonly skip: number;
  readonly fail: number;
  readonly results: readonly CaseResult[];
}

/** Finds out which cases apply to a target. The adapters to test runners are made of this. */
export async function planKit(target: KitTarget): Promise<PlannedCase[]> {
  const { patience = 20_000 } = target;
  const facts = await withinPatience(findFacts(target), patience);
  return cases.map((kitCase) => ({
    id: kitCase.id,
    clauses: kitCase.clauses,
    title: kitCase.title,
    level: kitCase.level,
    skip: kitCase.skip?.(facts),
    async run() {
      const { bench, clear } = makeBench(target, facts);
      try {
        await withinPatience(kitCase.run(bench), patience);
      } finally {
        await withinPatience(clear(), patience);
      }
    },
  }));
}

/** Runs the whole kit and answers the report. */
export async function runKit(target: KitTarget): Promise<KitReport> {
  const results: CaseResult[] = [];
  for (const { id, clauses, title, level, skip, run } of await planKit(target)) {
    const about = { id, clauses, title, level };
    if (skip !== undefined) {
      results.push({ ...about, outcome: 'skip', reason: skip });
      continue;
    }
    try {
      await run();
      results.push({ ...about, outcome: 'pass' });
    } catch (error) {
      results.push({
        ...about,
        outcome: 'fail',
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
  const facts = await findFacts(target);
  const count = (outcome: CaseResult['outcome']) =>
    results.filter((result) => result.outcome === outcome).length;
  return {
    target: target.name,
    driver: target.driver.name,
    mode: target.driver.mode,
    contract: contractVersion,
    runtime: globalThis.process?.version ? `node ${process.version}` : 'browser',
    capabilities: {
      reading: Object.keys(facts.reading.capabilities),
      writing: Object.keys(facts.writing?.capabilities ?? {}),
    },
    pass: count('pass'),
    skip: count('skip'),
    fail: count('fail'),
    results,
  };
}

async function withinPatience<T>(work: Promise<T>, patience: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it hangs: not over after ${patience} ms`)), patience);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
