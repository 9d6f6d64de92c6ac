import type { Counts } from './count-plan.js';
import type { CheckRule, Level, Plan } from './rules.js';

/** One step of a plan. */
export interface ExplainedStep {
  /** What it does: go through all, look up a key, read a range; or the kind of its rule. */
  readonly step: 'scan' | 'lookup' | 'range' | CheckRule['kind'] | 'rows';
  /** The rule, or what is done with the rows. */
  readonly text: string;
  /** How many loops it is in. */
  readonly depth: number;
  /** The index that is read, and the test that chose it. */
  readonly via?: string;
  /** How many elements there are to go through each time, when that is known beforehand. */
  readonly estimate?: number;
  /** How often it let something through, when the query was run. */
  readonly rows?: number;
}

/** A plan as data; `String` of it is a tree. */
export interface Explanation {
  readonly steps: readonly ExplainedStep[];
  toString(): string;
}

/** Shows a plan, and what is done with its rows. */
export function explainPlan(plan: Plan, stages: readonly string[], counts?: Counts): Explanation {
  const steps = [
    ...stepsOf(plan, 0, counts),
    ...stages.map((text): ExplainedStep => ({ step: 'rows', text, depth: 0 })),
  ];
  return { steps, toString: () => steps.map(showStep).join('\n') };
}

function stepsOf({ checks, levels }: Plan, start: number, counts?: Counts): ExplainedStep[] {
  const ofCheck = (rule: CheckRule, depth: number): ExplainedStep[] => {
    const step = { step: rule.kind, text: rule.text, depth, ...rowsOf(rule, counts) };
    return [step, ...(rule.inner ? stepsOf(rule.inner, depth + 1) : [])];
  };
  return [
    ...checks.flatMap((rule) => ofCheck(rule, start)),
    ...levels.flatMap((level, index) => {
      const depth = start + index;
      return [ofLoop(level, depth, counts), ...level.checks.flatMap((rule) => ofCheck(rule, depth + 1))];
    }),
  ];
}

function ofLoop({ loop, via }: Level, depth: number, counts?: Counts): ExplainedStep {
  const estimate = via ? via.estimate : loop.size();
  return {
    step: via?.step ?? 'scan',
    text: loop.text,
    depth,
    ...(via && { via: via.text }),
    ...(estimate !== undefined && { estimate }),
    ...rowsOf(loop, counts),
  };
}

function rowsOf(rule: object, counts: Counts | undefined): { rows?: number } {
  const rows = counts?.get(rule);
  return rows === undefined ? {} : { rows };
}

/** `    scan: each "p" in list<ref Person>, about 6, 6 came` */
function showStep({ step, text, depth, via, estimate, rows }: ExplainedStep): string {
  const parts = [
    `${step === 'rows' ? 'then' : step} ${text}`,
    via && `by ${via}`,
    estimate !== undefined && `about ${estimate}`,
    rows !== undefined && `gave ${rows}`,
  ];
  return '  '.repeat(depth) + parts.filter(Boolean).join(', ');
}
