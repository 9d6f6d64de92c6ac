import type { Wanted } from './messages.js';

/** Where what we read is not what the HDF5 library reads. */
export interface Difference extends Wanted {
  readonly ours: string;
  readonly theirs: string;
}

/** What came of one file. */
export interface FileReport {
  /** Relative to the folder. */
  readonly file: string;
  /** Datasets, attributes and groups that read the same. */
  equal: number;
  /** What we refused, counted by the feature's name, or the error's code where it names none. */
  readonly refused: Record<string, number>;
  /** What we read and nobody could confirm, counted by why. */
  readonly unverified: Record<string, number>;
  readonly wrong: Difference[];
  /** What we refused for another reason than a feature, though the library reads it: is it really damaged? */
  readonly doubtful: string[];
  /** Failures that are no errors of Terrane's: a crash, a hang, too much memory. */
  readonly broken: string[];
  /** How the file was refused as a whole, by us and by the library. */
  readonly refusal?: { readonly ours?: string; readonly theirs?: string };
}

/** The sum over a folder. */
export interface Report {
  readonly folder: string;
  readonly files: readonly FileReport[];
  readonly totals: {
    readonly files: number;
    /** Files that neither reader opens: damaged, or no HDF5. */
    readonly refusedByBoth: number;
    readonly equal: number;
    readonly refused: number;
    readonly unverified: number;
    readonly wrong: number;
    readonly broken: number;
  };
  readonly refused: Record<string, number>;
  readonly unverified: Record<string, number>;
}

/** Adds up the reports of all files. */
export function summarize(folder: string, files: readonly FileReport[]): Report {
  const refused: Record<string, number> = {};
  const unverified: Record<string, number> = {};
  for (const file of files) {
    for (const [name, count] of Object.entries(file.refused)) bump(refused, name, count);
    for (const [name, count] of Object.entries(file.unverified)) bump(unverified, name, count);
  }
  const sum = (count: (file: FileReport) => number) => files.reduce((total, file) => total + count(file), 0);
  return {
    folder,
    files,
    totals: {
      files: files.length,
      refusedByBoth: sum(({ refusal }) => (refusal?.ours && refusal.theirs ? 1 : 0)),
      equal: sum((file) => file.equal),
      refused: total(refused),
      unverified: total(unverified),
      wrong: sum((file) => file.wrong.length),
      broken: sum((file) => file.broken.length),
    },
    refused: sorted(refused),
    unverified: sorted(unverified),
  };
}

/** Counts `name` in a tally. */
export function bump(tally: Record<string, number>, name: string, by = 1): void {
  tally[name] = (tally[name] ?? 0) + by;
}

/** The report as lines to read: what is wrong first, then what is refused, then the sums. */
export function formatReport(report: Report): string {
  const lines: string[] = [];
  for (const { file, wrong, broken } of report.files) {
    for (const { path, attribute, ours, theirs } of wrong) {
      const at = attribute === undefined ? path : `${path} @${attribute}`;
      lines.push(`wrong: ${file} ${at}\n  ours:   ${ours}\n  theirs: ${theirs}`);
    }
    for (const message of broken) lines.push(`broken: ${file}: ${message}`);
  }
  for (const { file, doubtful } of report.files) {
    for (const message of doubtful) lines.push(`refused without a feature: ${file} ${message}`);
  }
  for (const { file, refusal } of report.files) {
    if (refusal?.ours && !refusal.theirs) lines.push(`only libhdf5 opens ${file}: ${refusal.ours}`);
    if (refusal?.theirs && !refusal.ours) lines.push(`only we open ${file}: ${refusal.theirs}`);
  }
  for (const what of ['refused', 'unverified'] as const) {
    for (const [name, count] of Object.entries(report[what])) lines.push(`${what} ${count}: ${name}`);
  }
  const { files, refusedByBoth, equal, refused, unverified, wrong, broken } = report.totals;
  lines.push(
    `${files} files (${refusedByBoth} refused by both): ` +
      `${equal} equal, ${refused} refused, ${unverified} unverified, ${wrong} wrong, ${broken} broken`,
  );
  return lines.join('\n');
}

function total(tally: Record<string, number>): number {
  return Object.values(tally).reduce((sum, count) => sum + count, 0);
}

function sorted(tally: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(tally).sort(([, a], [, b]) => b - a));
}
