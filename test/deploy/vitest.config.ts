import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.deploy.ts'],
    // Each test goes on where the one before ended.
    bail: 1,
    reporters: ['verbose'],
    disableConsoleIntercept: true,
    testTimeout: 60_000,
    hookTimeout: 240_000,
  },
});
