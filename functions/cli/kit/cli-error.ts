/** Exit codes: 0 success, 1 refused or failed, 2 wrong usage. */
export const EXIT = { refused: 1, usage: 2 } as const;

/** A problem that the user must know, in whole sentences. Shown without a stack trace. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.refused, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line itself is wrong: options exclude each other, or an argument is not accepted. */
export const usageError = (message: string): CliError => new CliError(message, EXIT.usage);

/** @throws {CliError} with all problems of the command line, if there are any */
export function refuseAll(problems: readonly (string | false | undefined)[]): void {
  const found = problems.filter((problem) => typeof problem === 'string');
  if (found.length > 0) throw usageError([...found, 'Try --help.'].join('\n'));
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
