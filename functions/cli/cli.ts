import type { Command } from 'commander';
import type { CliLog, Connection } from './kit/connection.ts';
import { configPathOf, type TargetOptions } from './kit/target-options.ts';

export type { Connection };

/** Options that every command has. */
type GlobalOptions = TargetOptions & { readonly json?: boolean };

/** All that the action of a command needs from outside. */
export type Cli = {
  readonly options: GlobalOptions;
  /** The configuration that people edit. It need not exist. */
  readonly configPath: string;
  /** Call it once per command. @throws {CliError | ConfigInvalidError} */
  readonly connect: (log?: CliLog) => Promise<Connection>;
  /** Writes the result to standard output: with --json the value, else the text. */
  readonly print: (json: unknown, asText: () => string) => void;
  /** Writes everything else to standard error. */
  readonly note: (text: string) => void;
};

export function cliOf(command: Command): Cli {
  const options = command.optsWithGlobals<GlobalOptions>();
  return {
    options,
    configPath: configPathOf(options),
    connect: async (log) => {
      // Lazy: loading it takes longer than the whole help.
      const { connect } = await import('./kit/connection.ts');
      return connect(options, log);
    },
    print: (json, asText) =>
      process.stdout.write(
        options.json ? `${JSON.stringify(json, null, 2)}\n` : withLineEnd(asText()),
      ),
    note: (text) => process.stderr.write(withLineEnd(text)),
  };
}

const withLineEnd = (text: string): string =>
  text === '' || text.endsWith('\n') ? text : `${text}\n`;

/**
 * For `.addHelpText('after', …)`: pairs of a command line and what it does.
 * Every command has some: docs/cli.md is made from the help.
 */
export const examples = (
  ...lines: readonly (readonly [commandLine: string, what: string])[]
): string =>
  `\nExamples:\n${lines.map(([line, what]) => `  # ${what}\n  $ task-queue ${line}`).join('\n')}`;
