import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  RESOURCES_VARIABLE,
  type Resources,
  resourcesFrom,
} from '../../../shared/deployment/resources.ts';
import type { SyncRunner } from '../../../shared/dispatcher/prepare-task.ts';
import { guarded } from '../../../shared/foreign/logging.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { TaskHandler } from '../../../shared/task/task-definition.ts';
import type { PendingRedelivery } from '../../../shared/task-log/redelivery.ts';
import { DYNAMODB_FOR_CLI, SQL_FOR_CLI } from '../../wiring/extras.ts';
import { createFileStore } from '../../wiring/file-store.ts';
import { configFrom, type SyncRunnerParts, type Wiring, wire } from '../../wiring/wiring.ts';
import type { CommandRun, Host, Output } from '../host.ts';
import { logLine } from '../terminal/text.ts';
import { CliError } from './cli-error.ts';
import { findTarget, type Target } from './target.ts';
import { configPathOf, type TargetOptions } from './target-options.ts';

/** The parts of a command that works on tasks. */
export type Wired = Wiring & {
  readonly resources: Resources;
  readonly redelivery: PendingRedelivery;
  /** The whole environment that leads to the target. */
  readonly env: NodeJS.ProcessEnv;
};

export type Connection = Wired & { readonly target: Target };

export type CliLog = {
  /** `undefined`: JSON lines on standard output. @default warnings and errors, for people */
  readonly logger?: Logger | undefined;
};

/** @throws {CliError | ConfigInvalidError} when there is no task queue, or its configuration is wrong */
export async function connect(
  options: TargetOptions,
  run: CommandRun,
  ownStrategies: readonly string[],
  log?: CliLog,
): Promise<Connection> {
  const { host } = run;
  const path = configPathOf(options, host);
  // A file that --config names must exist. Without one, the bundled configuration counts.
  const isMeant = options.config !== undefined || existsSync(host.pathOf(path));
  const file = isMeant ? { TASK_QUEUE_CONFIG: resolve(host.directory, path) } : {};
  const config = configFrom({ ...host.env, ...file }, ownStrategies);
  const target = await findTarget(options, config, host);
  if (!target) throw nothingFound();
  if (!target.resources) throw nothingCreated(target);
  return { ...wireCli({ ...target.env, ...file }, run, log), target };
}

/** Wires a command: it runs tasks of sync queues itself, and writes its log for people. */
export function wireCli(env: NodeJS.ProcessEnv, { host, opened }: CommandRun, log?: CliLog): Wired {
  const wiring = wire(env, {
    createFileStore,
    createSyncRunner: (parts) => syncRunner(parts, env, host),
    ...DYNAMODB_FOR_CLI,
    ...SQL_FOR_CLI,
    logger: log ? log.logger : forPeople(host.stderr),
    opened,
  });
  const { redelivery } = wiring;
  if (!redelivery) throw new Error('the wiring lacks what the CLI asked for');
  return { ...wiring, env, redelivery, resources: resourcesFrom(env, wiring.config) };
}

/** The handlers of this project, for a command that runs tasks in this process. */
export async function loadHandlers(
  env: NodeJS.ProcessEnv,
  { setEnvironment }: Host,
): Promise<ReadonlyMap<string, TaskHandler>> {
  setEnvironment(env);
  const { handlers } = await import('#tasks/handlers');
  return new Map(handlers.map((handler) => [handler.definition.name, handler]));
}

function syncRunner(
  parts: SyncRunnerParts,
  env: NodeJS.ProcessEnv,
  { pid, setEnvironment }: Host,
): SyncRunner {
  let runner: Promise<SyncRunner> | undefined;
  const load = async (): Promise<SyncRunner> => {
    setEnvironment(env);
    const { runSyncAs } = await import('../../wiring/run-sync.ts');
    return runSyncAs(`cli-${pid}`)(parts);
  };
  return async (queue, body) => {
    runner ??= load();
    return (await runner)(queue, body);
  };
}

/** Standard output is for results, and what goes as planned is not worth a line. */
function forPeople(stream: Output): Logger {
  const say = (message: string, fields?: Record<string, unknown>): void => {
    stream.write(`${logLine(message, fields)}\n`);
  };
  return guarded({ info: () => undefined, warn: say, error: say });
}

const nothingFound = (): CliError =>
  new CliError(
    'There is no task queue to work on. Start one on this machine with `npm start`, name a deployed\n' +
      `one with --stack, as in --stack TaskQueue, or set ${RESOURCES_VARIABLE}.`,
  );

const nothingCreated = ({ title }: Target): CliError =>
  new CliError(`Nothing was created on ${title} yet. Run \`task-queue init\` first.`);
