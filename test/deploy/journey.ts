const COLUMN = 66;

/** Tells people, step by step, what happens where, in seconds since its start. */
export function journey(title: string) {
  const startedAt = performance.now();
  process.stdout.write(`\n${title}\n`);
  return {
    /** @param resource its name on AWS */
    step(resource: string, what: string): void {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(2).padStart(7);
      process.stdout.write(`${seconds} s  ${resource.padEnd(COLUMN)}  ${what}\n`);
    },
  };
}
