import { startPostgres } from '../../../functions/dev/servers/postgres-server.ts';
import { ProcessGroup } from '../../../functions/dev/servers/process-group.ts';
import { connect } from './contenders/connect.ts';

/** One PostgreSQL server as npm brings it: its own defaults, fsync and synchronous commits included. */
export class SqlServer {
  readonly #processes: ProcessGroup;
  readonly #url: string;
  #databases = 0;

  private constructor(processes: ProcessGroup, url: string) {
    this.#processes = processes;
    this.#url = url;
  }

  static async start(): Promise<SqlServer> {
    const processes = new ProcessGroup();
    try {
      const first = await startPostgres(processes, { durable: true });
      // It counts statements for who asks for it, which costs all others nothing.
      await run(first.url, "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
      await run(first.url, "ALTER SYSTEM SET pg_stat_statements.track = 'none'");
      await processes.stop(first.process);
      return new SqlServer(processes, (await first.restart()).url);
    } catch (error) {
      await processes.stopAll();
      throw error;
    }
  }

  /** Runs something on a new, empty database of its own, which is dropped afterwards. */
  async withDatabase<Result>(use: (url: string) => Promise<Result>): Promise<Result> {
    this.#databases += 1;
    const name = `bench_${this.#databases}`;
    await run(this.#url, `CREATE DATABASE ${name}`);
    await run(this.#url, `ALTER DATABASE ${name} SET pg_stat_statements.track = 'all'`);
    const url = new URL(this.#url);
    url.pathname = name;
    try {
      return await use(url.href);
    } finally {
      await run(this.#url, `DROP DATABASE ${name} WITH (FORCE)`);
    }
  }

  async stop(): Promise<void> {
    await this.#processes.stopAll();
  }
}

async function run(url: string, statement: string): Promise<void> {
  const client = await connect(url);
  await client.query(statement).finally(() => client.end());
}
