export {
  type Aggregate,
  type Aggregated,
  type Aggregates,
  collect,
  count,
  max,
  mean,
  min,
  sum,
} from './aggregates.js';
export type { Comparison } from './compare-values.js';
export type { ExplainedStep, Explanation } from './explain.js';
export { total } from './grouping.js';
export { Objects, objects } from './objects.js';
export { Query, query } from './query.js';
export { type ReportOptions, report } from './report.js';
export type { At } from './row-types.js';
export { type ExplainOptions, type Groups, type Picked, Rows } from './rows.js';
export type { KeyBounds, MapLike, Ordered } from './sources.js';
