/** Exit codes: 0 ok, 1 refused or failed, 2 wrong usage. */
export const EXIT = { refused: 1, usage: 2 } as const;

/** Something the person at the terminal has to know, in whole sentences. Shown without a stack trace. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.refused, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line itself is wrong: options that exclude each other, an argument without meaning. */
export const usageError = (message: string): CliError => new CliError(message, EXIT.usage);
