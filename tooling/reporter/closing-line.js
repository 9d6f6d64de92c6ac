import { writeFileSync } from 'node:fs';

/**
 * Prints `N passed, N failed` as the very last line of a run, alone and without colour, after whatever
 * the other reporters print at exit. Skipped tests are named before it, so that none goes unseen.
 * `npm test` names a file to leave the line in, too: a run that dies before it gets here leaves none.
 */
export default class ClosingLineReporter {
  // A run that ends before it reports anything has failed.
  #line = '0 passed, 1 failed';

  onInit(vitest) {
    if (vitest.config.watch) return;
    process.once('exit', () => {
      process.stdout.write(`${this.#line}\n`);
      if (process.env.TERRANE_CLOSING_LINE) writeFileSync(process.env.TERRANE_CLOSING_LINE, this.#line);
    });
  }

  onTestRunEnd(testModules, unhandledErrors) {
    let passed = 0;
    let failed = unhandledErrors.length;
    const skipped = [];
    for (const module of testModules) {
      failed += module.errors().length > 0 ? 1 : 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else
          skipped.push(
            `${[module.project.name, module.relativeModuleId].join(' ').trim()} > ${test.fullName}`,
          );
      }
    }
    for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
    if (skipped.length > 0) process.stdout.write(`${skipped.length} skipped\n`);
    this.#line = `${passed} passed, ${failed} failed`;
  }
}
