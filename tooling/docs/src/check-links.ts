import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from './pages.js';

/** The links of a page, to files of the project, that lead nowhere. */
export function brokenLinks(root: string, page: Page): string[] {
  const prose = page.text.replace(/```[\s\S]*?```/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!)
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .filter((target) => !existsSync(join(root, dirname(page.name), target.replace(/#.*$/, ''))));
}
