import { createInterface } from 'node:readline/promises';
import type { Cli } from '../cli.ts';
import { CliError, usageError } from '../kit/cli-error.ts';

/** The exit code after Ctrl-C, as shells define it. */
export const INTERRUPTED = 130;

/** Aborts at the first Ctrl-C, so that a command can clean up. The second one ends the process. */
export function interruption({ host, run }: Pick<Cli, 'host' | 'run'>): AbortSignal {
  const controller = new AbortController();
  host.onInterrupt(() => {
    run.exitCode = INTERRUPTED;
    controller.abort();
  });
  return controller.signal;
}

/**
 * Asks for confirmation on a terminal. Elsewhere nobody can answer, and `--yes` is needed.
 * @throws {CliError} unless the answer is yes
 */
export async function confirm(
  question: string,
  { host: { stdin, stderr } }: Pick<Cli, 'host'>,
  { yes = false }: { readonly yes?: boolean },
): Promise<void> {
  if (yes) return;
  if (!stdin.isTTY) throw usageError(`${question} Confirm with --yes.`);
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('Nothing was done.');
  } finally {
    terminal.close();
  }
}
