import type { Statement } from './statement.ts';

/** Runs statements: a database, or one transaction in it. */
export interface Sql {
  query<Row extends object>(statement: Statement): Promise<Row[]>;
}

export interface SqlDatabase extends Sql {
  /** All of it or nothing. It must bear being repeated, as after a deadlock or a lost connection. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
}
