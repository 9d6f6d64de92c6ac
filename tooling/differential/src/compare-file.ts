import type { Found, ReadAnswer, ReaderError, Value, Wanted } from './messages.js';
import type { Death } from './reader-process.js';
import { bump, type FileReport } from './report.js';

type Item = Wanted & { readonly found: Found };
type Opinions = (wanted: readonly Wanted[]) => (Value | undefined)[];

/** Compares the answers of two readers about one file; asks for third opinions where they differ. */
export function compareFile(
  file: string,
  theirs: ReadAnswer | Death,
  ours: ReadAnswer | Death,
  opinions: Opinions,
): FileReport {
  const report: FileReport = {
    file,
    equal: 0,
    refused: {},
    unverified: {},
    wrong: [],
    doubtful: [],
    broken: [],
  };
  const refusal = { ours: refusalOf(ours), theirs: refusalOf(theirs) };
  if ('died' in ours) report.broken.push(`${ours.died}: ${ours.message}`);
  if ('error' in ours && ours.error.code === undefined) report.broken.push(ours.error.message);
  const expected = 'items' in theirs ? theirs.items : [];
  if (!('items' in ours)) {
    for (const _ of expected) bump(report.refused, refusal.ours ?? 'broken');
    return withRefusal(report, refusal);
  }
  if (!('items' in theirs)) {
    for (const item of ours.items) addAlone(report, item, `libhdf5 does not open the file`);
    return withRefusal(report, refusal);
  }
  const disputed: { readonly their: Item; readonly our: Item; readonly value: Value }[] = [];
  for (const [index, their] of expected.entries()) {
    const our = ours.items[index]!;
    if (agree(their.found, our.found)) report.equal++;
    else if ('value' in our.found && !('skipped' in their.found)) {
      disputed.push({ their, our, value: our.found.value });
    } else addOther(report, their, our);
  }
  for (const [index, opinion] of opinions(disputed.map(({ their }) => wantedOf(their))).entries()) {
    const { their, our, value } = disputed[index]!;
    if (opinion && sameValue(opinion, value)) report.equal++;
    else if ('error' in their.found && !opinion) bump(report.unverified, `libhdf5 refuses ${value.class}`);
    else report.wrong.push({ ...wantedOf(their), ours: show(our.found), theirs: show(their.found) });
  }
  return report;
}

function agree(their: Found, our: Found): boolean {
  if ('value' in their && 'value' in our) return sameValue(their.value, our.value);
  if ('names' in their && 'names' in our)
    return String([...their.names].sort()) === String([...our.names].sort());
  return 'there' in their && 'there' in our;
}

function sameValue(a: Value, b: Value): boolean {
  return String(a.shape) === String(b.shape) && a.digests.some((digest) => b.digests.includes(digest));
}

/** Everything but two different values. */
function addOther(report: FileReport, their: Item, our: Item): void {
  if ('error' in our.found) addError(report, our.found.error, our, their.found);
  else if ('skipped' in our.found) bump(report.unverified, our.found.skipped);
  else if ('skipped' in their.found) bump(report.unverified, their.found.skipped);
  else if ('error' in their.found) bump(report.unverified, `libhdf5 refuses a ${their.kind}`);
  else report.wrong.push({ ...wantedOf(their), ours: show(our.found), theirs: show(their.found) });
}

function addAlone(report: FileReport, our: Item, why: string): void {
  if ('error' in our.found) addError(report, our.found.error, our, { error: { message: why } });
  else bump(report.unverified, why);
}

/** An error with a code is a refusal; one without, when it speaks of what is there, is a wrong answer. */
function addError(report: FileReport, error: ReaderError, item: Item, theirs: Found): void {
  if (error.code !== undefined) {
    bump(report.refused, nameOf(error));
    const { path, attribute } = item;
    const at = attribute === undefined ? path : `${path} @${attribute}`;
    if (error.feature === undefined && !('error' in theirs)) {
      report.doubtful.push(`${at}: ${error.code}: ${error.message}`);
    }
  } else if (error.message.includes('\n')) report.broken.push(`${item.path}: ${error.message}`);
  else report.wrong.push({ ...wantedOf(item), ours: error.message, theirs: show(theirs) });
}

function refusalOf(answer: ReadAnswer | Death): string | undefined {
  if ('died' in answer) return answer.died;
  return 'error' in answer ? nameOf(answer.error) : undefined;
}

function nameOf({ code, feature, message }: ReaderError): string {
  if (code === undefined) return message.split('\n')[0]!.slice(0, 100);
  return feature === undefined ? code : `${code}: ${feature}`;
}

function withRefusal(
  report: FileReport,
  { ours, theirs }: { ours: string | undefined; theirs: string | undefined },
) {
  return { ...report, refusal: { ...(ours && { ours }), ...(theirs && { theirs }) } };
}

function wantedOf({ path, kind, attribute }: Wanted): Wanted {
  return attribute === undefined ? { path, kind } : { path, kind, attribute };
}

function show(found: Found): string {
  if ('value' in found) return `${found.value.class} [${found.value.shape}] ${found.value.preview}`;
  if ('names' in found) return `names ${[...found.names].sort().join(' ')}`.slice(0, 300);
  if ('skipped' in found) return `(${found.skipped})`;
  return 'error' in found ? `refused: ${found.error.message.split('\n')[0]}` : 'it is there';
}
