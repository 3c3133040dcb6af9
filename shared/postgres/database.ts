import type { Client, ClientConfig, Pool, QueryResultRow } from 'pg';
import { pause } from '../clock.ts';
import type { DatabaseAddress } from '../deployment/resources.ts';
import { assertSchema } from './schema.ts';
import {
  isConnectionTrouble,
  isSilence,
  RetryBudget,
  type Sql,
  type SqlDatabase,
  type Statement,
} from './sql.ts';
import { PostgresWakeUps } from './wake-ups.ts';

/** Connections of one process; those that wait for one get `CONNECT_TIMEOUT_MS`. */
const MAX_CONNECTIONS = 10;
/** To connect, or to get a connection of the pool, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5000;
/** A statement takes milliseconds; one that takes this long is ended by the server. */
const STATEMENT_TIMEOUT_MS = 8000;
/** An answer that is still missing then got lost with its connection. */
const ANSWER_TIMEOUT_MS = 9000;
/** The longest time that a stalled or vanished process keeps the locks of its transaction. */
const IDLE_TRANSACTION_TIMEOUT_MS = 5000;
const KEEP_ALIVE_AFTER_MS = 10_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;

export type DatabaseOptions = {
  /** How long what met a connection's end is tried again over new ones. @default 8 s */
  readonly giveUpAfterMs?: number;
  /** Asked for each new connection, which is then made over verified TLS only. */
  readonly password?: (() => Promise<string>) | undefined;
};

/**
 * One PostgreSQL database: a pool for statements, and a connection that listens for new messages.
 * Nothing is loaded or connected before the first call, so a process without SQL queues pays nothing.
 */
export class PostgresDatabase implements SqlDatabase {
  readonly wakeUps: PostgresWakeUps;
  readonly #url: string;
  readonly #password: DatabaseOptions['password'];
  readonly #retryBudget: RetryBudget;
  #pool: Promise<Pool> | undefined;
  #ready: Promise<Pool> | undefined;

  constructor(
    { url, pauses }: Pick<DatabaseAddress, 'url' | 'pauses'>,
    { giveUpAfterMs, password }: DatabaseOptions = {},
  ) {
    this.#url = url;
    this.#password = password;
    this.#retryBudget = new RetryBudget({ giveUpAfterMs, pauses });
    this.wakeUps = new PostgresWakeUps(
      () => this.connect({ query_timeout: ANSWER_TIMEOUT_MS }),
      (statement) => this.query(statement),
    );
  }

  /**
   * Runs one statement, which must bear being repeated: a connection may end after the server has
   * committed and before it has answered.
   * @throws {SchemaMismatchError}, else what the server or the connection failed with
   */
  query<Row extends object>(statement: Statement): Promise<Row[]> {
    return this.#persistently(
      async (pool) => (await pool.query<Row & QueryResultRow>(statement)).rows,
    );
  }

  /** Runs all of it or nothing; it must bear being repeated, too. @throws as `query`, and as the work */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.#persistently(async (pool) => {
      const client = await pool.connect();
      try {
        // After waiting for a lock it must see committed data, whatever the database's default is.
        await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
        const result = await work({
          query: async <Row extends object>(statement: Statement) =>
            (await client.query<Row & QueryResultRow>(statement)).rows,
        });
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        // Its end rolls back; and what it leads to may have become a reader.
        client.release(true);
        throw error;
      }
    });
  }

  /** A new connection, with no limits but these and whatever the schema, for the caller to end. */
  async connect(limits: Pick<ClientConfig, 'query_timeout'> = {}): Promise<Client> {
    const { Client } = await import('pg');
    return this.#withRetries(async () => {
      const client = new Client({ ...this.#config(), ...limits });
      // A failing statement or the event "end" reports the end of the connection.
      client.on('error', () => undefined);
      await client.connect();
      return client;
    });
  }

  /** Ends all connections, when their statements have been answered. */
  async end(): Promise<void> {
    this.wakeUps.end();
    const pool = await this.#pool;
    this.#pool = undefined;
    this.#ready = undefined;
    await pool?.end();
  }

  /** Runs it over the pool. One that has a silent connection is left: its others lead to the same place. */
  #persistently<Result>(run: (pool: Pool) => Promise<Result>): Promise<Result> {
    return this.#withRetries(async () => {
      const ready = this.#withSchema();
      try {
        return await run(await ready);
      } catch (error) {
        if (isSilence(error) && this.#ready === ready) this.#leavePool();
        throw error;
      }
    });
  }

  #leavePool(): void {
    this.#pool?.then((pool) => pool.end()).catch(() => undefined);
    this.#pool = undefined;
    this.#ready = undefined;
  }

  /**
   * Tries again what met a connection's end, a server's restart, or another transaction in a deadlock. A
   * connection that fell silent has used up all the time; what it was for gets one try over a new one.
   */
  async #withRetries<Result>(run: () => Promise<Result>): Promise<Result> {
    const isWorthAnother = untilGivenUp(this.#retryBudget.giveUpAt());
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        const result = await run();
        this.#retryBudget.answered();
        return result;
      } catch (error) {
        if (!isWorthAnother(error, waitMs)) throw error;
      }
      await pause(waitMs);
    }
  }

  /** The pool, once the schema is known to be this code's. */
  #withSchema(): Promise<Pool> {
    this.#ready ??= this.#checked();
    const ready = this.#ready;
    ready.catch(() => {
      if (this.#ready === ready) this.#ready = undefined;
    });
    return ready;
  }

  async #checked(): Promise<Pool> {
    this.#pool ??= this.#createPool();
    const pool = await this.#pool;
    await assertSchema(pool);
    return pool;
  }

  async #createPool(): Promise<Pool> {
    const { Pool } = await import('pg');
    const pool = new Pool({
      ...this.#config(),
      max: MAX_CONNECTIONS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
    });
    // An idle connection that ended: the pool has dropped it.
    pool.on('error', () => undefined);
    // A connection may end within a transaction. Without a listener that would end the process; the
    // next statement reports it.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  }

  #config(): ClientConfig {
    const identity = this.#password
      ? identityOf(this.#url, this.#password)
      : { connectionString: this.#url };
    return {
      ...identity,
      application_name: 'task-queue',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    };
  }
}

/** @returns whether, after this error and this wait, what failed is worth another try */
function untilGivenUp(giveUpAt: number): (error: unknown, waitMs: number) => boolean {
  let mayBeSilent = true;
  return (error, waitMs) => {
    if (!isConnectionTrouble(error)) return false;
    if (!isSilence(error) || !mayBeSilent) return performance.now() + waitMs <= giveUpAt;
    mayBeSilent = false;
    return true;
  };
}

/** `pg` takes no password beside a URL. Its `ssl: true` verifies authority and host name. */
function identityOf(url: string, password: () => Promise<string>): ClientConfig {
  const { hostname: host, port, username, pathname } = new URL(url);
  const [user, database] = [username, pathname.slice(1)].map(decodeURIComponent);
  return { host, port: Number(port || 5432), user, database, password, ssl: true };
}
