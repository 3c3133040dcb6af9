import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, vi } from 'vitest';
import { keepAllOnSqs } from './a-config.ts';

const CONDITION = '--conditions=test-tasks';

// Processes that tests start compile every module once for all of them, which halves their start.
// The coverage of Vitest turns that off, and needs that in its own processes only.
process.env['NODE_COMPILE_CACHE'] = join(import.meta.dirname, '../../node_modules/.cache/compiled');
delete process.env['NODE_DISABLE_COMPILE_CACHE'];

// Their `#tasks` are those of test/tasks, as in the processes of Vitest (vitest.config.ts).
const options = process.env['NODE_OPTIONS'] ?? '';
if (!options.includes(CONDITION)) process.env['NODE_OPTIONS'] = `${options} ${CONDITION}`;

const before = { ...process.env };

// Temporary files of a test file, and of the processes that it starts and kills, are in one folder.
const folder = mkdtempSync(join(tmpdir(), 'task-queue-tests-'));
// A PostgreSQL server that a test starts may run as another user.
chmodSync(folder, 0o755);
process.env['TMPDIR'] = folder;

/**
 * Undoes what a test file changes for its whole process, which runs other files after it, and removes
 * its temporary files.
 */
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  keepAllOnSqs();
  for (const name of Object.keys(process.env)) {
    if (!(name in before)) delete process.env[name];
  }
  Object.assign(process.env, before);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});
