import type { Finding } from './finding.ts';
import type { DatabaseState, Seen, Trouble } from './seen.ts';
import type { Place } from './trouble-findings.ts';

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
