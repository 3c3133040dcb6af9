import * as z from 'zod';
import { ConfigInvalidError } from '../errors.ts';
import { fieldProblems } from '../field-problems.ts';
import { MAX_GRACE_SECONDS, MAX_LEASE_SECONDS, SQS_BATCH } from '../limits.ts';
import { apiSchema, authSchema } from './api-config.ts';
import { laneProblems, uselessLaneProblems } from './lanes.ts';
import { NAME, NAME_RULE, persistenceSchema } from './names.ts';
import { referenceProblems } from './reference-problems.ts';
import { settings } from './settings.ts';
import { postgresTypeSchema } from './store-types.ts';
import { taskLogSchema } from './task-log-config.ts';

/** Most messages of one poll, by broker. SQS hands out no more. */
export const MAX_RECEIVE = { sqs: SQS_BATCH.entries, postgres: 500 };

/** Settings that may also be changed while workers run: shared/control/overrides.ts. */
export const LIVE = {
  weight: z.int().min(1).max(10_000),
  receive: z.int().min(1).max(MAX_RECEIVE.postgres),
  minSlots: z.int().min(0).max(999),
  maxSlots: z.int().min(1).max(1000),
  strategy: z.enum(['weighted', 'weighted-time', 'weighted-random', 'strict-priority']),
};

const BROKERS = {
  sqs: settings({
    type: z.literal('sqs'),
    receive: z
      .int()
      .min(1)
      .max(MAX_RECEIVE.sqs)
      .default(MAX_RECEIVE.sqs)
      .describe(
        'Most tasks taken per poll, 1 to 10. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html',
      ),
  }),
  postgres: settings({
    type: postgresTypeSchema,
    persistence: persistenceSchema,
    receive: LIVE.receive
      .default(MAX_RECEIVE.postgres)
      .describe('Most tasks taken per poll, 1 to 500.'),
  }),
  memory: settings({ type: z.literal('memory') }),
};

/** The settings that each type of broker takes, by name. */
export const BROKER_SETTINGS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(BROKERS).map(([type, { shape }]) => [type, Object.keys(shape)]),
);

const brokerSchema = z.discriminatedUnion('type', [BROKERS.sqs, BROKERS.postgres, BROKERS.memory], {
  error: 'must have a "type" of: sqs, postgres, memory',
});

const queueSchema = settings({
  name: z.string().regex(NAME, NAME_RULE),
  weight: LIVE.weight.describe('Share of the work relative to the other queues, 1 to 10,000.'),
  broker: brokerSchema,
  tier: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .describe('All tasks of a higher tier go before those of a lower one, which may starve it.'),
  minSlots: LIVE.minSlots
    .optional()
    .describe('Slots of each worker kept for this queue, even while it is empty. Default: 0.'),
  maxSlots: LIVE.maxSlots
    .optional()
    .describe('Most slots of a worker it may use. Default: all but one; all for the heaviest.'),
});

const workerSchema = settings({
  lanes: z
    .boolean()
    .default(true)
    .describe('True: minSlots and maxSlots apply, with their defaults.'),
  concurrency: z.int().min(1).max(1000).default(10).describe('Tasks run at once by one worker.'),
  visibilityTimeoutSeconds: z
    .int()
    .min(1)
    .max(MAX_LEASE_SECONDS)
    .default(60)
    .describe('A dead worker is noticed after this time, in seconds. Longer tasks are kept alive.'),
  shutdownGraceSeconds: z
    .int()
    .min(0)
    .max(MAX_GRACE_SECONDS)
    .default(90)
    .describe('Time running tasks get to finish after SIGTERM. Fargate kills after 120 s.'),
  pollWaitSeconds: z
    .int()
    .min(1)
    .max(20)
    .default(20)
    .describe('Long-poll wait, in seconds. Shorter costs more requests on idle queues.'),
  bufferSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(60)
    .describe('A task received but not started in this time is handed back to other workers.'),
});

/** The shape of `task-queue.config.json`. */
export const configSchema = settings({
  $schema: z.string().optional(),
  queues: z.array(queueSchema),
  defaultQueue: z
    .string()
    .optional()
    .describe('Queue of tasks that are associated with none. Default: the first queue.'),
  taskQueues: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe('Task name → queue name.'),
  strategy: LIVE.strategy.default('weighted'),
  taskLog: taskLogSchema,
  worker: workerSchema.prefault({}),
  events: settings({
    bus: z
      .string()
      .regex(/^[/.\-_A-Za-z0-9]{1,256}$/, 'must be the name of an event bus, or "default"')
      .describe('EventBridge bus that is told of tasks that have ended: "default" or a name.'),
  })
    .optional()
    .describe('Absent: nobody is told, and nothing is paid.'),
  auth: authSchema,
  api: apiSchema,
});

export type TaskQueueConfig = z.infer<typeof configSchema>;
export type StrategyName = TaskQueueConfig['strategy'];

/**
 * Checks a configuration and fills in its defaults.
 * @param source where it came from, for the error message
 * @throws {ConfigInvalidError} with every problem found, not only the first
 */
export function parseConfig(raw: unknown, source: string): TaskQueueConfig {
  const parsed = configSchema.safeParse(raw);
  const problems = [
    ...(parsed.success ? [] : fieldProblems(parsed.error)),
    ...referenceProblems(raw),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigInvalidError(source, problems);
  const { queues, worker, taskLog, events } = parsed.data;
  if (events && taskLog.type === 'postgres') {
    const message = 'needs a task log of the type "dynamodb": its stream tells of what has ended';
    throw new ConfigInvalidError(source, [{ path: 'events', message }]);
  }
  const starving = worker.lanes
    ? laneProblems(queues, worker.concurrency)
    : uselessLaneProblems(queues);
  if (starving.length > 0) throw new ConfigInvalidError(source, starving);
  return parsed.data;
}
