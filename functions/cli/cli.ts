import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import {
  configPathOf,
  type Deployment,
  type DeploymentOptions,
  findDeployment,
} from './kit/deployment.ts';
import type { CliLog, wireCli } from './kit/wire-cli.ts';

/** Options that every command has. */
export type GlobalOptions = DeploymentOptions & { readonly json?: boolean };

/** All that the action of a command needs from outside. */
export type Cli = {
  readonly options: GlobalOptions;
  /** The configuration that people edit. It need not exist. */
  readonly configPath: string;
  /** Once for a command. @throws {CliError | ConfigInvalidError} */
  readonly connect: (log?: CliLog) => Promise<Connection>;
  /** The result, on standard output: with --json that, else the text. */
  readonly print: (json: unknown, asText: () => string) => void;
  /** What is not the result, on standard error. */
  readonly note: (text: string) => void;
};

export type Connection = ReturnType<typeof wireCli> & { readonly deployment: Deployment };

export function cliOf(command: Command): Cli {
  const options = command.optsWithGlobals<GlobalOptions>();
  return {
    options,
    configPath: configPathOf(options),
    connect: (log) => connect(options, log),
    print: (json, asText) =>
      process.stdout.write(
        options.json ? `${JSON.stringify(json, null, 2)}\n` : withLineEnd(asText()),
      ),
    note: (text) => process.stderr.write(withLineEnd(text)),
  };
}

async function connect(options: DeploymentOptions, log?: CliLog): Promise<Connection> {
  const deployment = await findDeployment(options);
  const configPath = configPathOf(options);
  // Asked for, it must exist; else there is the one this code was bundled with.
  const isMeant = options.config !== undefined || existsSync(configPath);
  // The AWS SDK looks for its settings there.
  Object.assign(process.env, deployment.env, isMeant && { TASK_QUEUE_CONFIG: configPath });
  // Only now: all that is behind it takes longer to load than the help needs altogether.
  const { wireCli } = await import('./kit/wire-cli.ts');
  return { ...wireCli(process.env, log), deployment };
}

const withLineEnd = (text: string): string =>
  text === '' || text.endsWith('\n') ? text : `${text}\n`;
