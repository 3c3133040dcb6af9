import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildCli } from '../../functions/dev/generate/build-cli.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the bundled command line. */
    cliBundle: string;
  }
}

/**
 * Bundles the command line with the tests' tasks, once for the run. It starts in a quarter of the time
 * that its source takes.
 */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'task-queue-cli-bundle-'));
  await buildCli(folder, ['test-tasks']);
  project.provide('cliBundle', join(folder, 'main.mjs'));
  return () => rmSync(folder, { recursive: true });
}
