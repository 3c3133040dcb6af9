import { Command } from 'commander';
import type { CommandRun, Host } from './host.ts';
import type { CliLog, Connection } from './kit/connection.ts';
import { configPathOf, type TargetOptions } from './kit/target-options.ts';
import type { Paint } from './terminal/text.ts';

export type { Connection };

/** Options that every command has. */
type GlobalOptions = TargetOptions & { readonly json?: boolean };

/** All that the action of a command needs from outside. */
export type Cli = {
  readonly options: GlobalOptions;
  /** The configuration that people edit, as they named it. It need not exist. */
  readonly configPath: string;
  readonly host: Host;
  /** Takes the exit code, and what closes the connections that the command opens. */
  readonly run: CommandRun;
  /** Names of the strategies of this project. @throws {ConfigInvalidError} when one is no strategy */
  readonly ownStrategies: () => Promise<readonly string[]>;
  /** Call it once per command. @throws {CliError | ConfigInvalidError} */
  readonly connect: (log?: CliLog) => Promise<Connection>;
  /** Writes the result to standard output: with --json the value, else the text. */
  readonly print: (json: unknown, asText: (paint: Paint) => string) => void;
  /** Writes everything else to standard error. */
  readonly note: (text: string) => void;
};

/** The root of all commands. */
export class Program extends Command {
  readonly run: CommandRun | undefined;

  /** @param run absent: nothing is run, as for the documentation of the commands */
  constructor(name: string, run: CommandRun | undefined) {
    super(name);
    this.run = run;
  }
}

export function cliOf(command: Command): Cli {
  const options = command.optsWithGlobals<GlobalOptions>();
  const run = runOf(command);
  const { host } = run;
  return {
    options,
    configPath: configPathOf(options, host),
    host,
    run,
    ownStrategies,
    connect: async (log) => {
      // Lazy: loading it takes longer than the whole help.
      const { connect } = await import('./kit/connection.ts');
      return connect(options, run, await ownStrategies(), log);
    },
    print: (json, asText) =>
      host.stdout.write(
        options.json
          ? `${JSON.stringify(json, null, 2)}\n`
          : withLineEnd(asText(run.paintOn(host.stdout))),
      ),
    note: (text) => host.stderr.write(withLineEnd(text)),
  };
}

async function ownStrategies(): Promise<string[]> {
  const [{ strategyCatalogue }, { strategies }] = await Promise.all([
    import('../../shared/selector/own-strategy.ts'),
    import('#tasks/strategies'),
  ]);
  return [...strategyCatalogue(strategies).keys()];
}

function runOf(command: Command): CommandRun {
  const run = command instanceof Program ? command.run : command.parent && runOf(command.parent);
  if (!run) throw new Error('the program has no host to run on');
  return run;
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
