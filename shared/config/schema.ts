import * as z from 'zod';
import { MAX_GRACE_SECONDS, MAX_LEASE_SECONDS, SQS_BATCH } from '../limits.ts';
import { strictObject } from '../validation.ts';
import { apiSchema, authSchema } from './api-schema.ts';

/** Most messages per poll, by broker. SQS returns at most 10. */
export const MAX_RECEIVE = { sqs: SQS_BATCH.entries, postgres: 500 };

/** The strategies that need no code of a project. Their names are taken. */
export const BUILT_IN_STRATEGIES = [
  'weighted',
  'weighted-time',
  'weighted-random',
  'strict-priority',
] as const;

/** Settings that can also change while workers run: shared/control/overrides.ts. */
export const LIVE = {
  weight: z.int().min(1).max(10_000),
  receive: z.int().min(1).max(MAX_RECEIVE.postgres),
  minSlots: z.int().min(0).max(999),
  maxSlots: z.int().min(1).max(1000),
  // The list lets editors complete the names. `strategyProblems` checks other names.
  strategy: z
    .union([z.enum(BUILT_IN_STRATEGIES), z.string()], { error: 'must be the name of a strategy' })
    .describe('How queues take turns: a built-in strategy, or one that strategies.ts exports.'),
};

/** TAO's name for PostgreSQL, for brokers and task logs. Accepted wherever people write a type. */
const TAO_POSTGRES = 'rds';

/** Accepts `rds` too. A parsed configuration always says `postgres`. */
const postgresTypeSchema = z
  .literal(['postgres', TAO_POSTGRES])
  .transform((): 'postgres' => 'postgres');

/** Translates the type of a broker or task log as people write it. Unknown types stay as they are. */
export const storeType = (written: string): string =>
  written === TAO_POSTGRES ? 'postgres' : written;

/** Names of queues and databases. */
const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    'must be 1 to 64 letters, digits, "-" or "_", first a letter',
  );

const persistenceSchema = nameSchema.describe(
  'Name of the PostgreSQL database, 1 to 64 letters, digits, "-" or "_".',
);

const BROKERS = {
  sqs: strictObject({
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
  postgres: strictObject({
    type: postgresTypeSchema,
    persistence: persistenceSchema,
    receive: LIVE.receive
      .default(MAX_RECEIVE.postgres)
      .describe('Most tasks taken per poll, 1 to 500.'),
  }),
  memory: strictObject({ type: z.literal('memory') }),
};

/** The settings that each type of broker takes, by name. */
export const BROKER_SETTINGS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(BROKERS).map(([type, { shape }]) => [type, Object.keys(shape)]),
);

const brokerSchema = z.discriminatedUnion('type', [BROKERS.sqs, BROKERS.postgres, BROKERS.memory], {
  error: 'must have a "type" of: sqs, postgres, memory',
});

/** At least as long as an idempotency key lives: repeated requests find the record. */
const days = z.int().min(1).max(3650);
const daysOfOutcome = days.default(30);

const retentionSchema = z
  .union(
    [
      days,
      strictObject({
        completed: daysOfOutcome,
        failed: daysOfOutcome,
        cancelled: daysOfOutcome,
        archived: daysOfOutcome,
      }),
    ],
    {
      error:
        'must be a number of days, 1 to 3650, or an object of them with the keys: completed, failed, cancelled, archived',
    },
  )
  .default(30)
  .describe(
    'Days that a record is kept after its task has ended: one number, or one for each outcome.',
  );

const REMOVED = {
  mode:
    'mode was removed in version 0.2.0, because a task could run twice. Remove the key: ' +
    'every claim is written, as "full" always did',
};

/** The store of the task log, and how long it keeps records. */
const taskLogSchema = z
  .discriminatedUnion(
    'type',
    [
      strictObject(
        {
          // `optional` comes first so that the union picks this member when there is no type.
          type: z.literal('dynamodb').optional().default('dynamodb'),
          retentionDays: retentionSchema,
        },
        REMOVED,
      ),
      strictObject(
        {
          type: postgresTypeSchema,
          persistence: persistenceSchema,
          retentionDays: retentionSchema,
        },
        REMOVED,
      ),
    ],
    { error: 'must have a "type" of: dynamodb, postgres' },
  )
  .prefault({});

const queueSchema = strictObject({
  name: nameSchema,
  weight: LIVE.weight.describe('Share of the work relative to the other queues, 1 to 10,000.'),
  broker: brokerSchema,
  tier: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .describe('Tasks of a higher tier always go first, and can starve lower tiers.'),
  minSlots: LIVE.minSlots
    .optional()
    .describe(
      'Slots that each worker reserves for this queue, even while it is empty. Default: 0.',
    ),
  maxSlots: LIVE.maxSlots
    .optional()
    .describe(
      'Most slots of a worker that it uses. Default: all but one; all for the heaviest queue.',
    ),
});

const workerSchema = strictObject({
  lanes: z
    .boolean()
    .default(true)
    .describe('True: minSlots and maxSlots apply, with their defaults.'),
  concurrency: z.int().min(1).max(1000).default(10).describe('Tasks that one worker runs at once.'),
  visibilityTimeoutSeconds: z
    .int()
    .min(1)
    .max(MAX_LEASE_SECONDS)
    .default(60)
    .describe(
      'Seconds after which the tasks of a dead worker run again. Workers extend it for longer tasks.',
    ),
  shutdownGraceSeconds: z
    .int()
    .min(0)
    .max(MAX_GRACE_SECONDS)
    .default(90)
    .describe('Seconds that running tasks get to finish after SIGTERM. Fargate kills after 120 s.'),
  pollWaitSeconds: z
    .int()
    .min(1)
    .max(20)
    .default(20)
    .describe('Seconds that a long poll waits. Shorter polls cost more requests on idle queues.'),
  bufferSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(5)
    .describe('Seconds after which a received task that has not started goes back to the queue.'),
});

/** The shape of `task-queue.config.json`. */
export const configSchema = strictObject({
  $schema: z.string().optional(),
  queues: z.array(queueSchema),
  defaultQueue: z
    .string()
    .optional()
    .describe('Queue of the tasks that taskQueues does not name. Default: the first queue.'),
  taskQueues: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe('Task name → queue name.'),
  strategy: LIVE.strategy.default('weighted'),
  taskLog: taskLogSchema,
  worker: workerSchema.prefault({}),
  events: strictObject({
    bus: z
      .string()
      .regex(/^[/.\-_A-Za-z0-9]{1,256}$/, 'must be the name of an event bus, or "default"')
      .describe(
        'EventBridge bus that gets an event for every task that ends: "default" or a name.',
      ),
  })
    .optional()
    .describe('Absent: no events, and no costs.'),
  auth: authSchema,
  api: apiSchema,
});
