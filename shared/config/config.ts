import * as z from 'zod';
import { ConfigInvalidError, type FieldProblem } from '../errors.ts';
import { fieldProblems } from '../validation.ts';
import { laneProblems, uselessLaneProblems } from './lanes.ts';
import { BUILT_IN_STRATEGIES, configSchema } from './schema.ts';

/** A valid configuration with its defaults. */
export type TaskQueueConfig = z.infer<typeof configSchema>;
/** A valid configuration as people write it: without its defaults. */
export type ConfigInput = z.input<typeof configSchema>;

/** A built-in strategy, or one of the project. */
export type StrategyName = TaskQueueConfig['strategy'];

/**
 * The names of the project's own strategies. `any` is for processes without their code. The
 * deployment and the workers check the name.
 */
export type OwnStrategyNames = readonly string[] | 'any';

/**
 * Checks a configuration and fills in its defaults.
 * @param source where it came from, for the error message
 * @throws {ConfigInvalidError} with every problem found, not only the first
 */
export function parseConfig(
  raw: unknown,
  source: string,
  ownStrategies: OwnStrategyNames = [],
): TaskQueueConfig {
  const parsed = configSchema.safeParse(raw);
  const problems = [
    ...(parsed.success ? [] : fieldProblems(parsed.error)),
    ...referenceProblems(raw),
    ...strategyProblems(raw, ownStrategies),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigInvalidError(source, problems);
  const { queues, worker, taskLog, events } = parsed.data;
  if (events && taskLog.type === 'postgres') {
    const message = 'needs a task log of type "dynamodb": its stream reports the tasks that end';
    throw new ConfigInvalidError(source, [{ path: 'events', message }]);
  }
  const starving = worker.lanes
    ? laneProblems(queues, worker.concurrency)
    : uselessLaneProblems(queues);
  if (starving.length > 0) throw new ConfigInvalidError(source, starving);
  return parsed.data;
}

/** Only the names, so that a bad weight elsewhere does not hide a bad name. */
const namesSchema = z.object({
  queues: z.array(z.object({ name: z.string() }).catch({ name: '' })).catch([]),
  defaultQueue: z.string().optional().catch(undefined),
  taskQueues: z.record(z.string(), z.string().catch('')).catch({}).default({}),
});

/** Finds a configuration without queues, names that occur twice, and references to unknown queues. */
function referenceProblems(raw: unknown): FieldProblem[] {
  const parsed = namesSchema.safeParse(raw);
  if (!parsed.success) return [];
  const { queues, defaultQueue, taskQueues } = parsed.data;
  const names = queues.map(({ name }) => name);
  if (names.length === 0) return [{ path: 'queues', message: 'at least one queue is needed' }];
  const known = `registered queues: ${[...new Set(names.filter(Boolean))].join(', ')}`;

  return [
    ...names.flatMap((name, index) =>
      name !== '' && names.indexOf(name) < index
        ? [{ path: `queues[${index}].name`, message: `"${name}" is the name of an earlier queue` }]
        : [],
    ),
    ...(defaultQueue !== undefined && !names.includes(defaultQueue)
      ? [{ path: 'defaultQueue', message: `"${defaultQueue}" is not registered; ${known}` }]
      : []),
    ...Object.entries(taskQueues).flatMap(([task, queue]) =>
      queue !== '' && !names.includes(queue)
        ? [{ path: `taskQueues.${task}`, message: `"${queue}" is not registered; ${known}` }]
        : [],
    ),
  ];
}

const strategySchema = z.object({ strategy: z.string() });

/** Finds a strategy that is neither built in nor among the project's own. */
export function strategyProblems(raw: unknown, own: OwnStrategyNames): FieldProblem[] {
  const parsed = strategySchema.safeParse(raw);
  if (!parsed.success || own === 'any') return [];
  const { strategy } = parsed.data;
  const accepted: readonly string[] = [...BUILT_IN_STRATEGIES, ...own];
  if (accepted.includes(strategy)) return [];
  const names = accepted.map((name) => JSON.stringify(name)).join('|');
  const hint = own.length > 0 ? '' : '. strategies.ts, beside handlers.ts, exports no other';
  return [
    { path: 'strategy', message: `"${strategy}" is unknown; expected one of ${names}${hint}` },
  ];
}

/** The parts of a configuration that can be on PostgreSQL. */
export type SqlUsers = Pick<TaskQueueConfig, 'queues'> & {
  readonly taskLog?: TaskQueueConfig['taskLog'] | undefined;
};

/** Names the PostgreSQL databases of the queues and the task log, each once. */
export function persistencesOf({ queues, taskLog }: SqlUsers): string[] {
  const ofQueues = queues.flatMap(({ broker }) =>
    broker.type === 'postgres' ? [broker.persistence] : [],
  );
  const ofLog = taskLog?.type === 'postgres' ? [taskLog.persistence] : [];
  return [...new Set([...ofQueues, ...ofLog])];
}
