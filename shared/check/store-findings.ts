import type { ControlStore } from '../control/control-store.ts';
import { TABLE, TABLE_INDEXES } from '../deployment/table.ts';
import { TaskQueueError } from '../errors.ts';
import { CATEGORY_BY_STATUS, TASK_STATUSES } from '../task-log/status.ts';
import type { TaskQueries } from '../task-log/task-log.ts';
import { type Finding, findingsOf, findingsOfSeen, type Place, remedy } from './finding.ts';
import type { BucketState, DatabaseState, Seen, TableState, Trouble } from './seen.ts';

const KEYS = [TABLE.partitionKey, TABLE.sortKey];
const TABLE_ACTIONS = 'dynamodb:DescribeTable and dynamodb:DescribeTimeToLive';
const BUCKET_ACTIONS = 's3:ListBucket and s3:GetLifecycleConfiguration';

/** Problems of the table of the task log. */
export function tableFindings(name: string, table: Seen<TableState>, place: Place): Finding[] {
  const subject = `table "${name}"`;
  return findingsOfSeen(subject, table, TABLE_ACTIONS, place, (state) => {
    const { keys, indexes, timeToLive, hasStream } = state;
    const missing = TABLE_INDEXES.map((index) => index.name).filter(
      (each) => !indexes.includes(each),
    );
    return findingsOf(
      subject,
      [
        keys.join() !== KEYS.join(),
        'error',
        {
          message: `its keys are ${keys.join(', ')} instead of ${KEYS.join(', ')}`,
          fix: 'The table belongs to something else. Use another table for this deployment.',
        },
      ],
      [
        missing.length > 0,
        'error',
        { message: `it has no index ${missing.join(', ')}: lists fail`, fix: `${remedy(place)}.` },
      ],
      [
        timeToLive !== TABLE.timeToLive,
        'error',
        {
          message: `its time to live is not ${TABLE.timeToLive}: records are kept forever`,
          fix: `${remedy(place)}.`,
        },
      ],
      [
        !hasStream,
        'warning',
        {
          message: 'it has no stream of new and old images: there are no statistics and no events',
          fix: place.isLocal ? '`npm start` runs a stack that has one.' : `${remedy(place)}.`,
        },
      ],
    );
  });
}

/**
 * Problems of the bucket of the files.
 * @param retentionDays retention of the records that are kept longest
 */
export function bucketFindings(
  name: string,
  bucket: Seen<BucketState>,
  retentionDays: number,
  place: Place,
): Finding[] {
  const subject = `bucket "${name}"`;
  return findingsOfSeen(subject, bucket, BUCKET_ACTIONS, place, ({ expirationDays }) => {
    const short = Object.entries(expirationDays).filter(([, days]) => days < retentionDays);
    const rules = short.map(([prefix, days]) => `${prefix} after ${days} days`).join(', ');
    return findingsOf(
      subject,
      [
        short.length > 0,
        'error',
        {
          message: `it deletes ${rules}; records are kept for ${retentionDays}`,
          fix: '`npx cdk deploy` sets it to the retention of the configuration.',
        },
      ],
      [
        Object.keys(expirationDays).length === 0 && !place.isLocal,
        'warning',
        { message: 'it keeps files forever, longer than their records', fix: `${remedy(place)}.` },
      ],
    );
  });
}

type SchemaMismatch = NonNullable<DatabaseState['mismatch']>;
type Text = Pick<Finding, 'message' | 'fix'>;

/** Problems that keep this code from using a PostgreSQL database. */
export function databaseFindings(
  name: string,
  database: Seen<DatabaseState>,
  place: Place,
): Finding[] {
  const subject = `database "${name}"`;
  if ('trouble' in database) {
    return [{ severity: 'error', subject, ...textOf(database.trouble) }];
  }
  const { mismatch } = database.state;
  return mismatch ? [{ severity: 'error', subject, ...schemaText(mismatch, place) }] : [];
}

function schemaText({ found, needed }: SchemaMismatch, { isLocal }: Place): Text {
  const fix = isLocal ? 'Run `task-queue init`.' : 'Run `npx cdk deploy`.';
  if (found === 0) return { message: 'it has no schema "task_queue"', fix };
  const message = `its schema has version ${found}, but this code needs version ${needed}`;
  return found < needed
    ? { message, fix: `${fix} Workers can continue meanwhile.` }
    : { message, fix: 'Use newer code: a schema cannot be downgraded.' };
}

const textOf = ({ kind, message }: Trouble): Text =>
  ({
    missing: {
      message: `it does not exist: ${message}`,
      fix: 'Create it with `createdb`, or correct its address.',
    },
    denied: {
      message: `these credentials cannot read it: ${message}`,
      fix: 'Correct the user and password in its address, or grant the user access.',
    },
    unreachable: {
      message: `it cannot be reached: ${message}`,
      fix: 'Check the network, the address, and that the server runs.',
    },
  })[kind];

/** A task log that the configuration no longer names. */
export type OtherLog = {
  /** For people: `table "task-log"`. */
  readonly title: string;
  readonly log: Pick<TaskQueries, 'list'>;
  readonly control: Pick<ControlStore, 'read'>;
};

/** Counting stops here: there may be very many. */
const MOST = 100;

const UNFINISHED = TASK_STATUSES.filter((status) =>
  ['created', 'in_progress'].includes(CATEGORY_BY_STATUS[status]),
);

/** Warns about unfinished tasks and live settings in task logs that the configuration no longer names. */
export async function previousLogFindings(others: readonly OtherLog[]): Promise<Finding[]> {
  return (await Promise.all(others.map(findingsIn))).flat();
}

async function findingsIn({ title, log, control }: OtherLog): Promise<Finding[]> {
  try {
    const [{ tasks, next }, { overrides }] = await Promise.all([
      log.list({ statuses: UNFINISHED, limit: MOST }),
      control.read(),
    ]);
    const count = next === undefined ? String(tasks.length) : `${tasks.length} or more`;
    return findingsOf(
      title,
      [
        tasks.length > 0,
        'warning',
        {
          message: `it is no longer the task log, but has records of unfinished tasks: ${count}`,
          fix:
            'Their ends are stored in the new task log, but parents here wait forever for their children. ' +
            'If that matters, go back to this log until all tasks have ended.',
        },
      ],
      [
        Object.keys(overrides).length > 0,
        'warning',
        {
          message: 'it is no longer the task log, so its live settings and pauses no longer apply',
          fix: 'Set them again: `task-queue pause`, `weights`, `init --live`.',
        },
      ],
    );
  } catch (cause) {
    // The log may have been deleted.
    if (cause instanceof TaskQueueError) return [];
    throw cause;
  }
}
