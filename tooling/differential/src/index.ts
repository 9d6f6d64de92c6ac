export { type DifferentialOptions, differential } from './differential.js';
export { type Difference, type FileReport, formatReport, type Report } from './report.js';
