import { resolve } from 'node:path';
import type { ConfigInput, TaskQueueConfig } from '../../../shared/config/config.ts';
import type { ConfigChange } from '../../../shared/config/config-edits.ts';
import type { ConfigFile } from '../../../shared/config/config-file.ts';
import { RESOURCES_VARIABLE, type Resources } from '../../../shared/deployment/resources.ts';
import type { UnservedTasks } from '../../../shared/move/move-tasks.ts';
import type { Cli } from '../cli.ts';
import { CliError } from '../kit/cli-error.ts';
import { findTarget, missingQueues, type Target } from '../kit/target.ts';
import type { MovedTasks } from './move-tasks.ts';

export type ApplyOptions = {
  /** Moves tasks that no worker would find after the change. */
  readonly move?: boolean;
  /** Changes nothing. */
  readonly dryRun?: boolean;
};

export type Applied = {
  readonly path: string;
  /** There was no file before. */
  readonly isNewFile: boolean;
  readonly changes: readonly ConfigChange[];
  readonly config: TaskQueueConfig;
  readonly target: Target | undefined;
  /** Resources that were created, on servers that the CLI manages. */
  readonly created: readonly string[];
  readonly moved: readonly MovedTasks[];
};

/**
 * Applies an edited configuration: creates what it needs, then replaces the file, then moves tasks. The
 * command can be interrupted anywhere and repeated. Once the file is replaced, new tasks go to the new
 * queues, and a repetition finds the tasks left in the old ones.
 * @throws {CliError | ConfigInvalidError} with nothing changed, if it is invalid or would leave tasks behind
 */
export async function applyConfig(
  cli: Cli,
  edit: (input: ConfigInput) => ConfigInput,
  { move = false, dryRun = false }: ApplyOptions = {},
): Promise<Applied> {
  const [{ parseConfig }, { DEFAULT_CONFIG, readConfigFile, writeConfigFile }] = await Promise.all([
    import('../../../shared/config/config.ts'),
    import('../../../shared/config/config-file.ts'),
  ]);
  const path = cli.configPath;
  const { directory, pathOf } = cli.host;
  const ownStrategies = await cli.ownStrategies();
  const file = readConfigFile(pathOf(path), ownStrategies);
  const input = edit(file?.input ?? DEFAULT_CONFIG);
  const config = parseConfig(input, path, ownStrategies);
  const changes = await changesOf(file, input, config);

  const target = await findTarget(cli.options, config, cli.host);
  assertSeen(file, config, target);
  const unserved = await findUnserved(config, target, cli);
  if (unserved.length > 0 && !move) throw await wouldLeaveTasks(unserved);
  if (unserved.length > 0) assertThere(config, target);

  const applied = { path, isNewFile: file === undefined, changes, config, target };
  if (dryRun) return { ...applied, created: [], moved: [] };
  const { created, resources } = await createMissing(config, target, resolve(directory, path));
  if (changes.length > 0) writeConfigFile(pathOf(path), input, file?.text);
  const env = { ...target?.env, TASK_QUEUE_CONFIG: resolve(directory, path), ...resources };
  const moved = unserved.length > 0 ? await moveAll(unserved, env, cli) : [];
  return { ...applied, created, moved };
}

async function changesOf(
  file: ConfigFile | undefined,
  input: ConfigInput,
  config: TaskQueueConfig,
): Promise<ConfigChange[]> {
  const { configChanges } = await import('../../../shared/config/config-edits.ts');
  return file ? configChanges(file.config, config) : configChanges({}, input);
}

/** Refuses a change that could lose tasks if the CLI cannot see whether tasks wait. */
function assertSeen(
  file: ConfigFile | undefined,
  config: TaskQueueConfig,
  target: Target | undefined,
): void {
  if (target || !file) return;
  const moved = file.config.queues.filter(({ name, broker }) => {
    const now = config.queues.find((queue) => queue.name === name);
    return broker.type !== 'memory' && now?.broker.type !== broker.type;
  });
  if (moved.length === 0) return;
  const names = moved.map(({ name }) => `"${name}"`).join(', ');
  throw new CliError(
    `Cannot check whether tasks wait in ${names}. They would be lost. Specify the stack with --stack,\n` +
      'start the local stack with `npm start`, or set AWS_ENDPOINT_URL_… .',
  );
}

async function findUnserved(
  config: TaskQueueConfig,
  target: Target | undefined,
  { run }: Cli,
): Promise<UnservedTasks[]> {
  if (!target?.resources) return [];
  const [{ openPlaces }, { unservedTasks }] = await Promise.all([
    import('../../wiring/resources.ts'),
    import('../../../shared/move/move-tasks.ts'),
  ]);
  return unservedTasks(await openPlaces(target.env, target.resources, run.opened), config);
}

async function wouldLeaveTasks(unserved: readonly UnservedTasks[]): Promise<CliError> {
  const { depthText } = await import('../../../shared/move/move-tasks.ts');
  const lines = unserved.map(({ queue, depth }) => `  - "${queue}" holds ${depthText(depth)}`);
  return new CliError(
    `No worker would find these tasks after the change:\n${lines.join('\n')}\n` +
      'Let the workers finish them first, or move them with --move. Nothing was changed.',
  );
}

/** Tasks cannot move to a queue that only a deployment creates. */
function assertThere(config: TaskQueueConfig, target: Target | undefined): void {
  const missing = target?.own ? [] : missingQueues(config, target);
  if (missing.length === 0) return;
  throw new CliError(
    `Cannot move tasks before these queues exist: ${missing.join(', ')}. Add the queues, deploy, then repeat\n` +
      'the command. Nothing was changed.',
  );
}

type Created = {
  readonly created: string[];
  /** The variable that leads to them. */
  readonly resources: NodeJS.ProcessEnv;
};

async function createMissing(
  config: TaskQueueConfig,
  target: Target | undefined,
  configPath: string,
): Promise<Created> {
  if (!target?.own) return { created: [], resources: {} };
  const { createResources } = await import('../../wiring/resources.ts');
  const created: string[] = [];
  const { own, env } = target;
  const made = await createResources(config, own.servers, env, (what) => created.push(what));
  // Old queues stay known: processes with the old configuration still send tasks to them.
  const { table, queues, databases } = target.resources ?? {};
  const resources: Resources = {
    ...made,
    table: made.table ?? table,
    queues: { ...queues, ...made.queues },
    databases: databases || made.databases ? { ...made.databases, ...databases } : undefined,
  };
  own.record(resources, configPath);
  return { created, resources: { [RESOURCES_VARIABLE]: JSON.stringify(resources) } };
}

async function moveAll(
  unserved: readonly UnservedTasks[],
  env: NodeJS.ProcessEnv,
  cli: Cli,
): Promise<MovedTasks[]> {
  const [{ wireCli }, { moveUnserved }] = await Promise.all([
    import('../kit/connection.ts'),
    import('./move-tasks.ts'),
  ]);
  return moveUnserved(wireCli(env, cli.run), unserved, cli);
}
