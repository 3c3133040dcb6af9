import { describe } from 'vitest';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import type { SqlDatabase } from '../../shared/postgres/sql.ts';
import { PostgresControlStore } from '../../shared/postgres/stores.ts';
import { PostgresRedelivery } from '../../shared/postgres/task-log/redelivery.ts';
import { postgresTaskLog } from '../../shared/postgres/task-log/task-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openReusedDatabase } from '../support/postgres.ts';
import { describeControlStoreContract } from './control-store-contract.ts';
import { describeTaskLogContract } from './task-log-contract.ts';

/** All that is done in it is done twice, as when an answer is lost after the commit. */
async function forgetfulDatabase(): Promise<SqlDatabase> {
  const database = await openReusedDatabase();
  return {
    query: async (statement) => {
      await database.query(statement);
      return database.query(statement);
    },
    transaction: async (work) => {
      await database.transaction(work);
      return database.transaction(work);
    },
  };
}

describe('over a database whose answers get lost, so that all is done twice', () => {
  describe('PostgresTaskLog', () => {
    describeTaskLogContract(async () => {
      const database = await forgetfulDatabase();
      const clock = new ManualClock();
      const options = { retentionDays: 30, clock, files: new MemoryFileStore() };
      const redelivery = new PostgresRedelivery(database, options);
      return { log: postgresTaskLog(database, options), redelivery, clock, files: options.files };
    });
  });

  describe('PostgresControlStore', () => {
    describeControlStoreContract(async () => new PostgresControlStore(await forgetfulDatabase()));
  });
});
