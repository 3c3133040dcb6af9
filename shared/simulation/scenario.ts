import * as z from 'zod';
import { parseConfig, type TaskQueueConfig } from '../config/config.ts';
import { overridesSchema } from '../control/overrides.ts';
import { ConfigInvalidError, type FieldProblem } from '../errors.ts';
import { fieldProblems, strictObject } from '../validation.ts';

const seconds = z.number().min(0).max(10_000_000);
const share = z.number().min(0).max(1);

const runTimeSchema = z.union(
  [
    seconds,
    strictObject({ exponential: seconds }),
    z.array(strictObject({ share, seconds })).min(1),
  ],
  { error: 'must be seconds, {"exponential": mean}, or [{"share": 0.9, "seconds": 1}, …]' },
);

/** How long the handlers of tasks run: always the same, exponentially distributed, or by chance. */
export type RunTime = z.infer<typeof runTimeSchema>;

const arrivalSchema = strictObject({
  queue: z.string(),
  runSeconds: runTimeSchema,
  /** Every attempt throws at its end. */
  fails: z.boolean().default(false),
  from: seconds.default(0),
  to: seconds.optional(),
  /** This many at once, at `from`. */
  count: z.int().min(1).optional(),
  /** As a Poisson process. */
  perSecond: z.number().positive().optional(),
  /** One each so many seconds, the first at `from`. */
  everySeconds: z.number().positive().optional(),
  /** One whenever fewer than these wait. */
  keepWaiting: z.int().min(1).optional(),
  /** Those that would arrive in a pause do not. Both are repeated from `from` on. */
  onSeconds: z.number().positive().optional(),
  pauseSeconds: z.number().positive().default(0),
}).refine(
  ({ count, perSecond, everySeconds, keepWaiting }) =>
    [count, perSecond, everySeconds, keepWaiting].filter((one) => one !== undefined).length === 1,
  'needs one of: count, perSecond, everySeconds, keepWaiting',
);

export type ArrivalPattern = z.infer<typeof arrivalSchema>;

/** One task of a trace. */
export const traceTaskSchema = strictObject({
  /** When it arrives, in seconds from the start. */
  at: seconds,
  queue: z.string(),
  runSeconds: seconds,
  /** Every attempt throws at its end. */
  fails: z.boolean().default(false),
});

export type TraceTask = z.infer<typeof traceTaskSchema>;

const troubleSchema = strictObject({ share, from: seconds.default(0), to: seconds.optional() });

const brokerSchema = strictObject({
  /** The time of one request. Default: 10 on SQS, 1.5 on PostgreSQL. */
  roundTripMs: z.number().min(0).optional(),
  /** Round trips differ by up to this share. */
  jitter: share.default(0.5),
  /** A poll of SQS brings 1 to what it asked for, although more wait. */
  shortAnswers: z.boolean().default(false),
  /** This share of requests is answered 0.3 to 30 s late. */
  slow: troubleSchema.optional(),
  /** This share of requests fails. */
  failing: troubleSchema.optional(),
  /** This share of SQS messages is delivered to a second poll. */
  duplicates: share.default(0),
  /** Servers of a queue on SQS. A short poll asks some of them. */
  partitions: z.int().min(1).max(1000).default(8),
});

/** How a broker behaves. */
export type BrokerModel = z.infer<typeof brokerSchema>;

const workerEventSchema = strictObject({
  at: seconds,
  do: z.enum(['drain', 'kill', 'pause', 'resume', 'limit']),
  /** With `limit`: tasks that may run at once from then on. */
  slots: z.int().min(0).max(1000).optional(),
});

const workersSchema = strictObject({
  count: z.int().min(1).max(1000).default(1),
  startAt: seconds.default(0),
  events: z.array(workerEventSchema).default([]),
});

export type WorkerEvent = z.infer<typeof workerEventSchema>;

const scenarioSchema = strictObject({
  config: z.unknown().optional(),
  workers: z.array(workersSchema).default([{ count: 1, startAt: 0, events: [] }]),
  arrivals: z.array(arrivalSchema).default([]),
  /** Tasks that arrive at known times. */
  trace: z.array(traceTaskSchema).default([]),
  /** Live settings that replace the earlier ones. */
  changes: z.array(strictObject({ at: seconds, overrides: overridesSchema })).default([]),
  broker: brokerSchema.prefault({}),
  /** By queue: brokers that behave differently. */
  brokers: z.record(z.string(), brokerSchema).default({}),
  /** Round trip of a write to the task log. */
  taskLogMs: z.number().min(0).default(4),
  /** How long the simulation lasts at most. */
  seconds: seconds,
  /** Shares are measured from here on. */
  measureFrom: seconds.default(0),
  /** Ends as soon as all tasks have ended. */
  endsWhenDone: z.boolean().default(false),
});

/** Everything that a simulation needs, with the defaults filled in. */
export type Scenario = Omit<z.output<typeof scenarioSchema>, 'config'> & {
  readonly config: TaskQueueConfig;
};

/** A scenario as people write it. */
export type ScenarioInput = z.input<typeof scenarioSchema>;

/** A scenario of a configuration that was checked before. @throws {ConfigInvalidError} */
export function scenarioOf(
  config: TaskQueueConfig,
  input: Omit<ScenarioInput, 'config'>,
): Scenario {
  return withQueues(input, config, 'of the simulation');
}

/**
 * Checks a scenario and fills in its defaults.
 * @param source where it came from, for the error message
 * @throws {ConfigInvalidError} with every problem found
 */
export function parseScenario(raw: unknown, source: string): Scenario {
  const { config } = z.looseObject({ config: z.unknown() }).catch({ config: undefined }).parse(raw);
  return withQueues(raw, parseConfig(config, source), source);
}

function withQueues(raw: unknown, config: TaskQueueConfig, source: string): Scenario {
  const parsed = scenarioSchema.safeParse(raw);
  if (!parsed.success) throw new ConfigInvalidError(source, fieldProblems(parsed.error));
  const scenario = { ...parsed.data, config };
  const problems = unknownQueues(scenario);
  if (problems.length > 0) throw new ConfigInvalidError(source, problems);
  return scenario;
}

function unknownQueues({ config, arrivals, brokers }: Scenario): FieldProblem[] {
  const names = config.queues.map(({ name }) => name);
  const used = [
    ...arrivals.map(({ queue }, index) => ({ path: `arrivals[${index}].queue`, queue })),
    ...Object.keys(brokers).map((queue) => ({ path: `brokers.${queue}`, queue })),
  ];
  return used
    .filter(({ queue }) => !names.includes(queue))
    .map(({ path, queue }) => ({
      path,
      message: `"${queue}" is not registered; registered queues: ${names.join(', ')}`,
    }));
}
