import { resolve } from 'node:path';
import type { ConfigInput, TaskQueueConfig } from '../../../shared/config/config.ts';
import type { ConfigChange } from '../../../shared/config/config-edits.ts';
import type { ConfigFile } from '../../../shared/config/config-file.ts';
import { RESOURCES_VARIABLE, type Resources } from '../../../shared/deployment/resources.ts';
import type { StrandedTasks } from '../../../shared/move/stranded-tasks.ts';
import type { Cli } from '../cli.ts';
import { CliError } from '../kit/cli-error.ts';
import { findTarget, missingQueues, type Target } from '../kit/target.ts';
import type { MovedTasks } from './move-stranded.ts';

export type ApplyOptions = {
  /** Takes tasks along that would be stranded. */
  readonly move?: boolean;
  /** Only looks. */
  readonly dryRun?: boolean;
};

export type Applied = {
  readonly path: string;
  /** There was none before. */
  readonly isNewFile: boolean;
  readonly changes: readonly ConfigChange[];
  readonly config: TaskQueueConfig;
  readonly target: Target | undefined;
  /** On servers of one's own: what was not there yet. */
  readonly created: readonly string[];
  readonly moved: readonly MovedTasks[];
};

/**
 * Puts an edited configuration into effect, in an order that may be broken off anywhere and repeated:
 * what it needs is created, then the file is replaced, then tasks are moved. Whoever enqueues by the
 * file sends to the new places from then on; what is left in the old ones is found there again.
 * @throws {CliError | ConfigInvalidError} with nothing changed, when it is invalid or strands tasks
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
  const file = readConfigFile(path);
  const input = edit(file?.input ?? DEFAULT_CONFIG);
  const config = parseConfig(input, path);
  const changes = await changesOf(file, input, config);

  const target = await findTarget(cli.options, config);
  assertSeen(file, config, target);
  const stranded = await findStranded(config, target);
  if (stranded.length > 0 && !move) throw await wouldStrand(stranded);
  if (stranded.length > 0) assertThere(config, target);

  const applied = { path, isNewFile: file === undefined, changes, config, target };
  if (dryRun) return { ...applied, created: [], moved: [] };
  const { created, resources } = await createMissing(config, target, path);
  if (changes.length > 0) writeConfigFile(path, input, file?.text);
  const env = { ...target?.env, TASK_QUEUE_CONFIG: resolve(path), ...resources };
  const moved = stranded.length > 0 ? await moveAll(stranded, env) : [];
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

/** Where it cannot be seen whether tasks wait, nothing may be changed that would lose them. */
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
    `It cannot be seen whether tasks wait in ${names}, which they would be lost to: name the stack\n` +
      'with --stack, start the local one with `npm start`, or set AWS_ENDPOINT_URL_… .',
  );
}

async function findStranded(
  config: TaskQueueConfig,
  target: Target | undefined,
): Promise<StrandedTasks[]> {
  if (!target?.resources) return [];
  const [{ openPlaces }, { strandedTasks }] = await Promise.all([
    import('../../wiring/resources.ts'),
    import('../../../shared/move/stranded-tasks.ts'),
  ]);
  return strandedTasks(await openPlaces(target.env, target.resources), config);
}

async function wouldStrand(stranded: readonly StrandedTasks[]): Promise<CliError> {
  const { depthText } = await import('../../../shared/move/stranded-tasks.ts');
  const lines = stranded.map(({ queue, depth }) => `  - "${queue}" holds ${depthText(depth)}`);
  return new CliError(
    `No worker would look at these tasks any more:\n${lines.join('\n')}\n` +
      'Let the workers finish them first, or take them along with --move. Nothing was changed.',
  );
}

/** Tasks cannot be moved to what only a deployment will create. */
function assertThere(config: TaskQueueConfig, target: Target | undefined): void {
  const missing = target?.own ? [] : missingQueues(config, target);
  if (missing.length === 0) return;
  throw new CliError(
    `Tasks cannot be moved before these queues are there: ${missing.join(', ')}. Add them first, deploy,\n` +
      'then change the rest. Nothing was changed.',
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
  path: string,
): Promise<Created> {
  if (!target?.own) return { created: [], resources: {} };
  const { createResources } = await import('../../wiring/resources.ts');
  const created: string[] = [];
  const { own, env } = target;
  const made = await createResources(config, own.servers, env, (what) => created.push(what));
  // Places that the configuration no longer has may still get tasks from whoever knows them.
  const { table, queues, databases } = target.resources ?? {};
  const resources: Resources = {
    ...(table !== undefined && { table }),
    ...made,
    queues: { ...queues, ...made.queues },
    ...((databases || made.databases) && { databases: { ...made.databases, ...databases } }),
  };
  own.record(resources, path);
  return { created, resources: { [RESOURCES_VARIABLE]: JSON.stringify(resources) } };
}

async function moveAll(
  stranded: readonly StrandedTasks[],
  env: NodeJS.ProcessEnv,
): Promise<MovedTasks[]> {
  const [{ wireCli }, { moveStranded }] = await Promise.all([
    import('../kit/connection.ts'),
    import('./move-stranded.ts'),
  ]);
  return moveStranded(wireCli(env), stranded);
}
