import { type Clock, isoTime } from '../clock.ts';
import { LogUnavailableError, TaskQueueError } from '../errors.ts';
import { Expiry, type RetentionDays } from '../task-log/expiry.ts';

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

/**
 * A time as milliseconds since 1970. As text it would depend on the session's `DateStyle`, which belongs to
 * the role or the database.
 */
export const millis = (time: string): string => `trunc(extract(epoch FROM ${time}) * 1000)::float8`;

/**
 * The time by the server's clock, or by a test's: a worker whose clock is wrong must neither hold a lease
 * too long nor take another's. @param place of a parameter, the value of `timeOf`
 */
export const nowAt = (place: string): string => `coalesce(${place}::timestamptz, now())`;

/** So many seconds after that time, or null for null. @param place of a parameter */
export const secondsAfter = (time: string, place: string): string =>
  `${time} + ${place}::float8 * interval '1 second'`;

/** Expiry in seconds from now, which statements add to the server's time. */
export const expiryFromNow = (days: RetentionDays): Expiry => new Expiry(days, { now: () => 0 });

/** The value for `nowAt`: null stands for the server's time. */
export const timeOf = (clock: Clock | undefined): string | null =>
  clock ? isoTime(clock.now()) : null;

/**
 * States that say nothing about the statement: connection lost, server shutting down or starting up,
 * too many connections, a writer that has become a reader by failover, a deadlock, a transaction that
 * stalled.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const TROUBLE = /^(08...|57P0[123]|53300|25006|25P03|40001|40P01)$/;

/** Whether the same statement may well succeed over another connection, or in a moment. */
export function isConnectionTrouble(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TypeError) return false;
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  // An error without a severity comes from the socket or from a timeout.
  if (severity === undefined) return !('problems' in error);
  return TROUBLE.test(String(code));
}

/** Tells whether a call timed out without an answer: the other end may be gone. */
export const isSilence = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Query read timeout';

/** SQLSTATE of a server's error. */
export const stateOf = (error: unknown): string | undefined =>
  error instanceof Error && 'severity' in error && 'code' in error ? String(error.code) : undefined;

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

/** Retries after a lost connection or a restart of the server end after this time. In milliseconds. */
const GIVE_UP_AFTER_MS = 8000;

/**
 * Aurora pauses after 5 minutes without a connection at the earliest, and takes about 15 s to be back; a
 * caller of the API waits for 29 s at most, with the last attempt.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
 */
const PAUSES_AFTER_MS = 300_000;
const RESUMES_WITHIN_MS = 22_000;

/** Decides how long to retry until a database is given up. */
export class RetryBudget {
  readonly #giveUpAfterMs: number;
  readonly #pauses: boolean;
  readonly #now: () => number;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #resumedBy: number | undefined;

  /** @param now in milliseconds, of any clock that only goes forward */
  constructor({
    giveUpAfterMs = GIVE_UP_AFTER_MS,
    pauses = false,
    now = () => performance.now(),
  }: {
    readonly giveUpAfterMs?: number | undefined;
    readonly pauses?: boolean | undefined;
    readonly now?: () => number;
  }) {
    this.#giveUpAfterMs = giveUpAfterMs;
    this.#pauses = pauses;
    this.#now = now;
  }

  /**
   * When to give up what begins now. A database that may have paused gets the time to come back, once:
   * if it does not, it is an outage, which must not make every call so slow.
   */
  giveUpAt(): number {
    const now = this.#now();
    const soon = now + this.#giveUpAfterMs;
    if (!this.#pauses || now - this.#answeredAt < PAUSES_AFTER_MS) return soon;
    this.#resumedBy ??= now + RESUMES_WITHIN_MS;
    return Math.max(soon, this.#resumedBy);
  }

  answered(): void {
    this.#answeredAt = this.#now();
    this.#resumedBy = undefined;
  }
}
