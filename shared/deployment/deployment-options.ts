import * as z from 'zod';
import type { TaskQueueConfig } from '../config/config.ts';
import { ConfigInvalidError, type FieldProblem } from '../errors.ts';
import { RETENTION_SECONDS } from '../limits.ts';
import { fieldProblems, strictObject } from '../validation.ts';

/** From the command line everything is text; in cdk.json it need not be. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const matching = (pattern: RegExp, rule: string) => text.refine((v) => pattern.test(v), rule);

const flag = matching(/^(true|false)$/, 'must be true or false').transform((v) => v === 'true');

const wholeNumber = (min: number, max: number) =>
  text
    .refine(
      (v) => /^\d{1,9}$/.test(v) && Number(v) >= min && Number(v) <= max,
      `must be a whole number, ${min} to ${max}`,
    )
    .transform(Number);

const MAX_WAIT_RULE = `must be seconds, 60 to ${RETENTION_SECONDS}, or queues with theirs: priority=60,background=3600`;
const isWait = (seconds: string | undefined): boolean =>
  /^\d{2,7}$/.test(seconds ?? '') && Number(seconds) >= 60 && Number(seconds) <= RETENTION_SECONDS;

/** Seconds by queue. The key '' stands for all others. */
const maxWait = text.transform((value, check): ReadonlyMap<string, number> => {
  const parts = value.split(',').map((part) => (part.includes('=') ? part : `=${part}`).split('='));
  if (parts.some(([, seconds, ...more]) => more.length > 0 || !isWait(seconds))) {
    check.addIssue({ code: 'custom', message: MAX_WAIT_RULE });
  }
  return new Map(parts.map(([queue = '', seconds]) => [queue.trim(), Number(seconds)]));
});

const optionsSchema = strictObject({
  /** Path of the configuration, from the repository's root. */
  config: text.optional(),
  stage: matching(
    /^[A-Za-z][A-Za-z0-9-]{0,31}$/,
    'must be 1 to 32 letters, digits or "-"',
  ).optional(),
  spot: flag.default(false),
  onDemandBase: wholeNumber(0, 1000).optional(),
  minWorkers: wholeNumber(0, 1000).optional(),
  maxWorkers: wholeNumber(1, 1000).default(3),
  exec: flag.default(false),
  kms: flag.default(false),
  flowLogs: flag.default(false),
  waf: text
    .refine(
      () => false,
      'is not there: AWS WAF protects no HTTP APIs. docs/security.md says what does',
    )
    .optional(),
  containerInsights: flag.default(false),
  xray: flag.default(false),
  otlpEndpoint: matching(/^https?:\/\/[^\s/]+/, 'must be an http or https address').optional(),
  maxWaitSeconds: maxWait.default(new Map()),
  alarmEmail: matching(/^[^@\s]+@[^@\s]+$/, 'must be an e-mail address').optional(),
  alarmTopic: matching(
    /^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/,
    'must be the ARN of an SNS topic',
  ).optional(),
  budget: wholeNumber(1, 1_000_000).optional(),
});

type Parsed = z.output<typeof optionsSchema>;
export type DeploymentOptions = Omit<Parsed, 'minWorkers'> & { readonly minWorkers: number };

/** Keys of CDK and its plugins contain other characters. */
const isOurs = (key: string): boolean => /^[A-Za-z]+$/.test(key);

/**
 * Reads what `cdk deploy -c name=value` was given.
 * @param context all of it, CDK's own keys too
 * @throws {ConfigInvalidError} naming everything that is wrong
 */
export function parseDeploymentOptions(
  context: Readonly<Record<string, unknown>>,
  config: Pick<TaskQueueConfig, 'queues'>,
): DeploymentOptions {
  const ours = Object.entries(context).filter(([key]) => isOurs(key));
  const parsed = optionsSchema.safeParse(Object.fromEntries(ours));
  const problems = parsed.success
    ? contradictions(parsed.data, config)
    : fieldProblems(parsed.error);
  if (!parsed.success || problems.length > 0) {
    throw new ConfigInvalidError('of the deployment (-c name=value)', problems);
  }
  return { ...parsed.data, minWorkers: minWorkersOf(parsed.data, config) };
}

const queuesOnSql = ({ queues }: Pick<TaskQueueConfig, 'queues'>): string[] =>
  queues.filter(({ broker }) => broker.type === 'postgres').map(({ name }) => `"${name}"`);

/** Only workers report messages in PostgreSQL, so one must run. */
const minWorkersOf = ({ minWorkers }: Parsed, config: Pick<TaskQueueConfig, 'queues'>): number =>
  minWorkers ?? (queuesOnSql(config).length > 0 ? 1 : 0);

function contradictions(options: Parsed, config: Pick<TaskQueueConfig, 'queues'>): FieldProblem[] {
  const { spot, onDemandBase, maxWorkers, maxWaitSeconds, budget, alarmEmail, alarmTopic } =
    options;
  const { otlpEndpoint, xray } = options;
  const minWorkers = minWorkersOf(options, config);
  const known = new Set(['', ...config.queues.map(({ name }) => name)]);
  const unknown = [...maxWaitSeconds.keys()].filter((queue) => !known.has(queue));
  const onSql = queuesOnSql(config);
  return [
    minWorkers > maxWorkers && {
      path: 'minWorkers',
      message: `${minWorkers} are more than maxWorkers, ${maxWorkers}`,
    },
    minWorkers === 0 &&
      onSql.length > 0 && {
        path: 'minWorkers',
        message: `must be 1 at least: nobody but workers sees the tasks of queues on PostgreSQL: ${onSql.join(', ')}`,
      },
    onDemandBase !== undefined &&
      !spot && { path: 'onDemandBase', message: 'has a meaning with spot=true only' },
    xray &&
      otlpEndpoint !== undefined && {
        path: 'otlpEndpoint',
        message: 'is instead of xray: give one of them',
      },
    alarmEmail !== undefined &&
      alarmTopic !== undefined && {
        path: 'alarmTopic',
        message: 'is instead of alarmEmail: give one of them',
      },
    budget !== undefined &&
      alarmEmail === undefined &&
      alarmTopic === undefined && {
        path: 'budget',
        message: 'needs somebody to tell: alarmEmail or alarmTopic',
      },
    unknown.length > 0 && {
      path: 'maxWaitSeconds',
      message: `there is no queue ${unknown.map((name) => `"${name}"`).join(', ')}`,
    },
  ].filter((problem) => problem !== false);
}
