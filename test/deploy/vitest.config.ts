import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/deploy/*.deploy.ts'],
    // Each test goes on where the one before ended.
    bail: 1,
    reporters: ['verbose'],
    disableConsoleIntercept: true,
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
