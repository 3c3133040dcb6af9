import type { StatsReader } from '../stats/stats-store.ts';
import { cellKey, type Tally, type Whose } from '../stats/tally.ts';
import type { TaskStatus } from '../task-log/status.ts';
import type { SqlDatabase } from './sql.ts';

type CountRow = { readonly queue: string; readonly status: TaskStatus; readonly count: string };

/** Counts the rows of the task log when asked: the numbers are never behind, and never wrong. */
export class PostgresStatsReader implements StatsReader {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async read(whose: Whose): Promise<Tally> {
    const rows = await this.#database.query<CountRow>({
      text: `select queue, status, count(*) from task_queue.task_log
       where $1::text is null or owner = $1 group by queue, status`,
      values: [whose ?? null],
    });
    return new Map(rows.map(({ count, ...cell }) => [cellKey(cell), Number(count)]));
  }
}
