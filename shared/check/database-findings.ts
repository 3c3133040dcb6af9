import type { Finding } from './finding.ts';
import type { DatabaseState, Seen, Trouble } from './seen.ts';
import type { Place } from './trouble-findings.ts';

type SchemaMismatch = NonNullable<DatabaseState['mismatch']>;
type Text = Pick<Finding, 'message' | 'fix'>;

/** What keeps a PostgreSQL database from being used by this code. */
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
  const message = `its schema has version ${found}, and this code works with version ${needed}`;
  return found < needed
    ? { message, fix: `${fix} Workers may go on meanwhile.` }
    : { message, fix: 'Use newer code: a schema does not go back.' };
}

const textOf = ({ kind, message }: Trouble): Text =>
  ({
    missing: {
      message: `it is not there: ${message}`,
      fix: 'Create it with `createdb`, or correct its address.',
    },
    denied: {
      message: `these credentials may not look at it: ${message}`,
      fix: 'Correct user and password of its address, or what they are granted.',
    },
    unreachable: {
      message: `it cannot be reached: ${message}`,
      fix: 'Look at the network, its address, and whether the server runs.',
    },
  })[kind];
