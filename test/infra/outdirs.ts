import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the output of all apps of the run. */
    outdirs: string;
  }
}

/** One folder for all that the run synthesizes, removed at its end. */
export function setup(project: TestProject): () => void {
  const root = mkdtempSync(join(tmpdir(), 'task-queue-infra-'));
  project.provide('outdirs', root);
  return () => rmSync(root, { recursive: true });
}
