import type { KitReport } from '@terrane/driver-kit';

const capabilities = ['write', 'truncate', 'flush', 'view', 'lock', 'readMany', 'signal', 'driverInfo'];

/** The page of the documentation that says what every driver does, made of what the kit found out. */
export function capabilityPage(drivers: readonly KitReport[], layers: readonly KitReport[]): string {
  return [
    '# What the drivers do',
    '',
    'Made by `packages/drivers/src/kit.test.ts` from the reports of `@terrane/driver-kit`; `npx vitest run --project drivers -u`',
    'writes it again. A capability stands where a file declares it: **r** when opened for reading, **w** when opened for writing.',
    'Cases that do not apply are those of capabilities a driver does not have, whose clean refusal is a case of its own.',
    '',
    ...table(
      ['driver', 'answers', ...capabilities, 'cases passed', 'failed', 'do not apply'],
      drivers.map((report) => [
        report.target,
        report.mode === 'sync' ? 'at once' : 'by promise',
        ...capabilities.map((name) => cell(report, name)),
        ...counts(report),
      ]),
    ),
    '',
    '## Layers, over the in-memory reference',
    '',
    ...table(
      ['layer', 'cases passed', 'failed', 'do not apply'],
      layers.map((report) => [report.target, ...counts(report)]),
    ),
    '',
  ].join('\n');
}

function cell({ capabilities: { reading, writing } }: KitReport, name: string): string {
  return `${reading.includes(name) ? 'r' : ''}${writing.includes(name) ? 'w' : ''}`;
}

function counts({ pass, fail, skip }: KitReport): string[] {
  return [pass, fail, skip].map(String);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
