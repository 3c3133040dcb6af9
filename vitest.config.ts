import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/support/slowest-first.ts';

const SETUP = 'test/support/restore.ts';
/** Files that need a process of their own: the tracer of OpenTelemetry belongs to the first provider of one. */
const ISOLATED = 'test/integration/{tracing,xray}.test.ts';
const SERVERS = 'test/support/servers.ts';

export default defineConfig({
  // `#tasks` of package.json is test/tasks here. Vitest adds the default conditions.
  ssr: { resolve: { conditions: ['test-tasks'] } },
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    coverage: {
      include: ['shared/**/*.ts'],
      reporter: ['text-summary', 'html'],
      thresholds: { lines: 95 },
    },
    // Files share the modules of their process, which saves most of the time that imports take.
    // `restore.ts` undoes what a file changes for the whole process.
    isolate: false,
    // One more than processors: some of these tests wait for servers.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{unit,simulation}/**/*.test.ts'],
          setupFiles: SETUP,
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          setupFiles: SETUP,
          globalSetup: SERVERS,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          // These wait most of their time, for processes and leases. They start after all others.
          maxWorkers: availableParallelism() + 2,
          sequence: { groupOrder: 1 },
          include: ['test/{integration,docs}/**/*.test.ts'],
          exclude: [ISOLATED],
          setupFiles: SETUP,
          globalSetup: [SERVERS, 'test/support/cli-bundle.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration-isolated',
          include: [ISOLATED],
          isolate: true,
          setupFiles: SETUP,
          globalSetup: [SERVERS, 'test/support/cli-bundle.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'infra',
          include: ['test/infra/**/*.test.ts'],
          setupFiles: SETUP,
          globalSetup: 'test/infra/outdirs.ts',
        },
      },
    ],
  },
});
