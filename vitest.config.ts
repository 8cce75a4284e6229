import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import LongestFirst from './scripts/test-sequencer.ts';

// Test files and the programs that they start find each other's compiled modules.
// oxlint-disable-next-line node/no-process-env -- child processes inherit it
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('node_modules/.cache/node', import.meta.url));

/** Measure their own process, change it, or mostly start others. */
const ALONE = [
  'apps/server/test/faults/*.test.ts',
  'apps/server/test/{generated-clients,guides,kill}.test.ts',
  'apps/server/test/*.browser.test.ts',
  'apps/server/test/attacks/10-event-loop.test.ts',
  'apps/server/test/security-checklist/denial-of-service.test.ts',
  'apps/worker/test/upkeep-plans.test.ts',
  'packages/api/src/core/{cache,egress,observability}/*.test.ts',
  'packages/sdk/test/*.test.ts',
  'scripts/*.test.ts',
];

// Some tests mostly wait, for example for a lock to expire, so there are more workers than cores.
const maxWorkers = Math.max(4, availableParallelism());
const common = {
  maxWorkers,
  // They end what hangs. A busy machine takes several times as long as a quiet one, so they are far from usual.
  testTimeout: 90_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000, interval: 20 } },
};

export default defineConfig({
  test: {
    globalSetup: './scripts/test-database.ts',
    maxWorkers,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './scripts/test-summary.ts'],
    projects: [
      { test: { ...common, name: 'alone', include: ALONE } },
      {
        test: {
          ...common,
          name: 'shared',
          // A worker keeps the modules of the product, which take longer to load than most of these files to run.
          isolate: false,
          include: ['packages/**/*.test.ts', 'apps/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...ALONE],
        },
      },
    ],
  },
});
