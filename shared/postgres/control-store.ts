import { isDeepStrictEqual } from 'node:util';
import { type Clock, isoTime, systemClock } from '../clock.ts';
import type { ControlRecord, ControlStore } from '../control/control-store.ts';
import type { Overrides } from '../control/overrides.ts';
import { ControlConflictError } from '../errors.ts';
import type { SqlDatabase } from './sql.ts';

type ControlRow = {
  readonly version: number;
  readonly overrides: Overrides;
  readonly changed_at: Date;
  readonly changed_by: string;
};

/** Control record in PostgreSQL: a table of one row. */
export class PostgresControlStore implements ControlStore {
  readonly #database: SqlDatabase;
  readonly #clock: Clock;

  constructor(database: SqlDatabase, clock: Clock = systemClock) {
    this.#database = database;
    this.#clock = clock;
  }

  async read(): Promise<ControlRecord> {
    const [row] = await this.#database.query<ControlRow>({
      text: 'select version, overrides, changed_at, changed_by from task_queue.control',
    });
    if (!row) return { version: 0, overrides: {} };
    const { version, overrides, changed_at: changedAt, changed_by: changedBy } = row;
    return { version, overrides, changedAt: isoTime(changedAt.getTime()), changedBy };
  }

  async write(version: number, overrides: Overrides, changedBy: string): Promise<ControlRecord> {
    const changedAt = isoTime(this.#clock.now());
    const values = [version, JSON.stringify(overrides), changedAt, changedBy];
    const stored = await this.#database.query({
      text:
        version === 0
          ? `insert into task_queue.control (version, overrides, changed_at, changed_by)
           values ($1::integer + 1, $2, $3, $4) on conflict do nothing returning version`
          : `update task_queue.control set version = version + 1, overrides = $2, changed_at = $3, changed_by = $4
           where version = $1 returning version`,
      values: values,
    });
    const record = { version: version + 1, overrides, changedAt, changedBy };
    // Or it was stored, and then repeated because the answer got lost.
    if (stored.length === 0 && !isDeepStrictEqual(await this.read(), record)) {
      throw new ControlConflictError(version);
    }
    return record;
  }
}
