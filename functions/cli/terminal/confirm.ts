import { createInterface } from 'node:readline/promises';
import { CliError, usageError } from '../kit/cli-error.ts';

/**
 * Lets somebody at a terminal think again. Where nobody can answer, `--yes` is asked for instead.
 * @throws {CliError} unless the answer is yes
 */
export async function confirm(question: string, { yes = false }: { yes?: boolean }): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw usageError(`${question} Say so with --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('Nothing was done.');
  } finally {
    terminal.close();
  }
}
