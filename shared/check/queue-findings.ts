import type { TaskQueueConfig } from '../config/config.ts';
import { DAY_SECONDS, MAX_RECEIVE_COUNT, RETENTION_SECONDS } from '../limits.ts';
import { type Finding, findingsOf, findingsOfSeen, type Place } from './finding.ts';
import type { QueueState, Seen } from './seen.ts';

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
