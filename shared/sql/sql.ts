/** A statement's values are its `$1`, `$2`, … */
export interface Sql {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** What adapters need of a database. */
export interface SqlDatabase extends Sql {
  /** All of it or nothing. Repeated when it met another transaction in a deadlock. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
}
