import type { Reporter, TestModule } from 'vitest/node';

/** Ends the output with one plain line that tools can parse. */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter(
      (module) => module.state() === 'failed' && ![...module.children.allTests('failed')].length,
    );
    const skipped = count('skipped');
    // Deferred, so that it comes after the default reporter's summary.
    setImmediate(() =>
      console.log(
        `${count('passed')} passed, ${count('failed') + broken.length} failed${skipped ? `, ${skipped} skipped` : ''}`,
      ),
    );
  }
}
