import { afterAll, beforeAll } from 'vitest';
import { aCli } from './cli.ts';

/** One command line for all tests of a file. */
export function aSuiteCli(
  changes: Record<string, unknown> = {},
): () => Awaited<ReturnType<typeof aCli>> {
  let cli: Awaited<ReturnType<typeof aCli>> | undefined;
  const ends: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    cli = await aCli(changes, (end) => void ends.push(end));
  });
  afterAll(async () => {
    for (const end of ends) await end();
  });
  return () => {
    if (!cli) throw new Error('the tests have not begun');
    return cli;
  };
}
