import { LogUnavailableError, TaskQueueError } from '../../errors.ts';
import { stateOf } from '../errors.ts';
import type { Sql, SqlDatabase, Statement } from '../sql.ts';

/**
 * Classes of SQLSTATE that a retry cannot fix: wrong data and wrong statements.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const OUR_FAULT = /^(22|23|42)/;

/** The database as the task log's adapters need it: that it is away is the task log's failure. */
export class PostgresLogDatabase implements SqlDatabase {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async query<Row extends object>(statement: Statement): Promise<Row[]> {
    try {
      return await this.#database.query<Row>(statement);
    } catch (error) {
      throw logErrorOf(error);
    }
  }

  async transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    try {
      return await this.#database.transaction(work);
    } catch (error) {
      throw logErrorOf(error);
    }
  }
}

function logErrorOf(error: unknown): unknown {
  const isOurFault = error instanceof TaskQueueError || OUR_FAULT.test(stateOf(error) ?? '');
  return isOurFault ? error : new LogUnavailableError('PostgreSQL', error);
}
