/**
 * Prints `N passed, N failed` as the very last line of a run, alone and without colour, after whatever
 * the other reporters print at exit. Skipped tests are named first, so that none goes unseen.
 */
export default class ClosingLineReporter {
  #line = '0 passed, 1 failed';

  onInit(vitest) {
    if (!vitest.config.watch) process.once('exit', () => process.stdout.write(`${this.#line}\n`));
  }

  onTestRunEnd(testModules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const skipped = [];
    for (const module of testModules) {
      counts.failed += module.errors().length > 0 ? 1 : 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === 'passed' || state === 'failed' ? state : 'skipped']++;
        if (state === 'skipped') skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
    }
    for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
    this.#line = `${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`;
  }
}
