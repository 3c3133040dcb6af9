export type Statement = {
  readonly text: string;
  readonly values?: unknown[];
};

/** Runs statements: a database, or one transaction in it. */
export interface Sql {
  query<Row extends object>(statement: Statement): Promise<Row[]>;
}

export interface SqlDatabase extends Sql {
  /** Commits all of `work` or nothing. May call it again, after a deadlock or a lost connection. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
}
