import { SCHEMA_VERSION } from '../sql/migrations/migrations.ts';
import { type Finding, findingsOf } from './finding.ts';
import type { DatabaseState, Seen, Trouble } from './seen.ts';
import type { Place } from './trouble-findings.ts';

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
  const { schemaVersion: version } = database.state;
  const migrate = place.isLocal ? 'Run `task-queue init`.' : 'Run `npx cdk deploy`.';
  return findingsOf(
    subject,
    [version === 0, 'error', { message: 'it has no schema "task_queue"', fix: migrate }],
    [
      version > 0 && version < SCHEMA_VERSION,
      'error',
      {
        message: `its schema has version ${version}, and this code works with version ${SCHEMA_VERSION}`,
        fix: `${migrate} Workers may go on meanwhile.`,
      },
    ],
    [
      version > SCHEMA_VERSION,
      'error',
      {
        message: `its schema has version ${version}, which is newer than this code: ${SCHEMA_VERSION}`,
        fix: 'Use the newer code: a schema does not go back.',
      },
    ],
  );
}

const textOf = ({ kind, message }: Trouble) =>
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
