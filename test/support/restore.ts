import { afterAll, vi } from 'vitest';
import { keepAllOnSqs } from './a-config.ts';

const before = { ...process.env };

/** Undoes what a test file changes for its whole process, which runs other files after it. */
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
});
