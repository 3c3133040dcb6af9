import { persistencesOf, type TaskQueueConfig } from '../config/config.ts';
import { missingOfTaskLog, queuesWithoutAddress, type Resources } from '../deployment/resources.ts';
import { DAY_SECONDS, MAX_RECEIVE_COUNT, RETENTION_SECONDS } from '../limits.ts';
import { type Finding, findingsOf, findingsOfSeen, type Place, remedy } from './finding.ts';
import type { Inspector, QueueState, Seen } from './seen.ts';
import { bucketFindings, databaseFindings, tableFindings } from './store-findings.ts';

/** Checks every resource that the configuration needs, and changes nothing. */
export async function resourceFindings(
  config: TaskQueueConfig,
  resources: Resources,
  inspector: Inspector,
  place: Place,
): Promise<Finding[]> {
  const unknown = [
    ...queuesWithoutAddress(config, resources).map((name) =>
      // Some names include the missing database: main (database "default").
      name.replace(/^\S+/, 'queue "$&"'),
    ),
    missingOfTaskLog(config, resources),
  ]
    .filter((subject) => subject !== undefined)
    .map((subject) => withoutAddress(subject, place));
  const found = await Promise.all([
    ...config.queues.map(({ name, broker }) =>
      broker.type === 'sqs' ? ofQueue(name, config, resources, inspector, place) : [],
    ),
    ofTable(config, resources, inspector, place),
    ...persistencesOf(config).map((name) => ofDatabase(name, resources, inspector, place)),
    ofBucket(config, resources, inspector, place),
  ]);
  return [...unknown, ...found.flat()];
}

async function ofQueue(
  name: string,
  config: TaskQueueConfig,
  { queues }: Resources,
  inspector: Inspector,
  place: Place,
): Promise<Finding[]> {
  const address = queues[name];
  if (!address) return [];
  const [queue, deadLetters] = await Promise.all([
    inspector.queue(address.url),
    inspector.queue(address.deadLetterUrl),
  ]);
  return queueFindings({ name, queue, deadLetters }, config, place);
}

async function ofTable(
  { taskLog }: TaskQueueConfig,
  { table: name }: Resources,
  inspector: Inspector,
  place: Place,
): Promise<Finding[]> {
  if (taskLog.type === 'postgres' || name === undefined) return [];
  return tableFindings(name, await inspector.table(name), place);
}

async function ofDatabase(
  name: string,
  { databases = {} }: Resources,
  inspector: Inspector,
  place: Place,
): Promise<Finding[]> {
  if (!Object.hasOwn(databases, name)) return [];
  return databaseFindings(name, await inspector.database(name), place);
}

async function ofBucket(
  { taskLog }: TaskQueueConfig,
  { bucket }: Resources,
  inspector: Inspector,
  place: Place,
): Promise<Finding[]> {
  if (!bucket) return [WITHOUT_BUCKET];
  const { retentionDays } = taskLog;
  const days =
    typeof retentionDays === 'number' ? retentionDays : Math.max(...Object.values(retentionDays));
  return bucketFindings(bucket.name, await inspector.bucket(bucket.name), days, place);
}

const WITHOUT_BUCKET: Finding = {
  severity: 'warning',
  subject: 'bucket',
  message: 'there is no bucket: tasks cannot store files, and large parameters are refused',
  fix: 'Deploy one, or set AWS_ENDPOINT_URL_S3 and run `task-queue init`.',
};

const withoutAddress = (subject: string, place: Place): Finding => ({
  severity: 'error',
  subject,
  message: 'the configuration names it, but its address is unknown',
  fix: `${remedy(place)}.`,
});

const ACTIONS = 'sqs:GetQueueAttributes';

export type SeenQueue = {
  readonly name: string;
  readonly queue: Seen<QueueState>;
  readonly deadLetters: Seen<QueueState>;
};

/** Compares a queue and its dead-letter queue with the configuration. */
export function queueFindings(
  { name, queue, deadLetters }: SeenQueue,
  { worker }: Pick<TaskQueueConfig, 'worker'>,
  place: Place,
): Finding[] {
  const subject = `queue "${name}"`;
  const deadArn = 'state' in deadLetters ? deadLetters.state.arn : undefined;
  return [
    ...findingsOfSeen(subject, queue, ACTIONS, place, (state) => [
      ...visibilityFindings(subject, state, worker.visibilityTimeoutSeconds, place),
      ...retentionFindings(subject, state, place),
      ...redriveFindings(subject, state, deadArn, place),
    ]),
    ...findingsOfSeen(`dead letters of "${name}"`, deadLetters, ACTIONS, place, (state) =>
      retentionFindings(`dead letters of "${name}"`, state, place),
    ),
  ];
}

const deploy = ({ isLocal }: Place): string =>
  isLocal ? '`task-queue init` sets it.' : '`npx cdk deploy` sets it.';

const visibilityFindings = (
  subject: string,
  { visibilityTimeoutSeconds: actual }: QueueState,
  configured: number,
  place: Place,
): Finding[] =>
  findingsOf(subject, [
    actual !== configured,
    'warning',
    {
      message: `its visibility timeout is ${actual} s, and worker.visibilityTimeoutSeconds ${configured}; workers set theirs with each poll`,
      fix: deploy(place),
    },
  ]);

const retentionFindings = (
  subject: string,
  { retentionSeconds }: QueueState,
  place: Place,
): Finding[] =>
  findingsOf(subject, [
    retentionSeconds < RETENTION_SECONDS,
    'warning',
    {
      message: `it drops messages after ${Math.round(retentionSeconds / DAY_SECONDS)} days; the task log expects them for 14 days`,
      fix: deploy(place),
    },
  ]);

function redriveFindings(
  subject: string,
  { deadLetterArn, maxReceiveCount }: QueueState,
  expectedArn: string | undefined,
  place: Place,
): Finding[] {
  const fix = deploy(place);
  const limit = MAX_RECEIVE_COUNT;
  const isElsewhere =
    deadLetterArn !== undefined && expectedArn !== undefined && deadLetterArn !== expectedArn;
  return findingsOf(
    subject,
    [
      deadLetterArn === undefined,
      'warning',
      {
        message:
          'it has no dead-letter queue: a message that kills every worker is delivered forever',
        fix,
      },
    ],
    [
      isElsewhere,
      'error',
      { message: `its dead letters go to ${deadLetterArn}, where no command looks for them`, fix },
    ],
    [
      maxReceiveCount !== undefined && maxReceiveCount < limit,
      'warning',
      {
        message: `it gives up on messages after ${maxReceiveCount} deliveries; each prefetched message that is requeued counts as one`,
        fix,
      },
    ],
  );
}

/** Names of the tasks that this code can enqueue and run. */
export type KnownTasks = {
  readonly contracts: readonly string[];
  readonly handlers: readonly string[];
};

/** Whether contracts, handlers and the configuration know the same tasks. */
export function taskFindings(
  { contracts, handlers }: KnownTasks,
  { taskQueues }: Pick<TaskQueueConfig, 'taskQueues'>,
  /** Returns a suggestion such as ` Did you mean "x"?`, or nothing. */
  hint: (name: string, known: readonly string[]) => string,
): Finding[] {
  const error = (name: string, message: string, fix: string): Finding => ({
    severity: 'error',
    subject: `task "${name}"`,
    message,
    fix,
  });
  return [
    ...missingFrom(handlers, contracts).map((name) =>
      error(
        name,
        'it has no handler: workers requeue it until they give up on it',
        'Add its handler to functions/tasks/handlers.ts.',
      ),
    ),
    ...missingFrom(contracts, handlers).map((name) =>
      error(
        name,
        'it has no contract: nobody can enqueue it',
        'Add its contract to functions/tasks/contracts.ts.',
      ),
    ),
    ...missingFrom(contracts, Object.keys(taskQueues)).map((name) =>
      error(
        name,
        `taskQueues names it, but there is no such task.${hint(name, contracts)}`,
        `Correct the name, or run \`task-queue associate ${JSON.stringify(name)} --remove\`.`,
      ),
    ),
  ];
}

/** The names that are not in `there`. */
const missingFrom = (there: readonly string[], names: readonly string[]): string[] =>
  names.filter((name) => !there.includes(name));
