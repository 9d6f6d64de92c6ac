export { type CoalesceOptions, coalesce } from './layers/coalesce.js';
export { type LimitOptions, limit } from './layers/limit.js';
export { type PageCacheOptions, pageCache } from './layers/page-cache.js';
export { readOnly } from './layers/read-only.js';
export { type RetryOptions, retry } from './layers/retry.js';
export { type AccessCounts, AccessStatistics, countAccesses } from './layers/statistics.js';
export { toDiagnosticsChannel, trace } from './layers/trace.js';
