import { type Clock, isoTime, systemClock } from '../clock.ts';
import type { ControlRecord, ControlStore } from '../control/control-store.ts';
import type { Overrides } from '../control/overrides.ts';
import { ControlConflictError } from '../errors.ts';
import type { DynamodbTable } from './table.ts';

const KEY = { pk: 'C', sk: 'control' };

type ControlItem = Omit<Required<ControlRecord>, 'overrides'> & { readonly overrides: string };

/** Control record in the table of the task log: one item, half a read unit each time. */
export class DynamodbControlStore implements ControlStore {
  readonly #table: DynamodbTable;
  readonly #clock: Clock;

  constructor(table: DynamodbTable, clock: Clock = systemClock) {
    this.#table = table;
    this.#clock = clock;
  }

  async read(): Promise<ControlRecord> {
    const item = (await this.#table.getSoon(KEY)) as ControlItem | undefined;
    if (!item) return { version: 0, overrides: {} };
    const { version, overrides, changedAt, changedBy } = item;
    return { version, overrides: JSON.parse(overrides) as Overrides, changedAt, changedBy };
  }

  async write(version: number, overrides: Overrides, changedBy: string): Promise<ControlRecord> {
    const changedAt = isoTime(this.#clock.now());
    const record = { version: version + 1, overrides, changedAt, changedBy };
    const item = { ...KEY, ...record, overrides: JSON.stringify(overrides) };
    const isStored = await this.#table.putIfVersion(item, version);
    if (!isStored) throw new ControlConflictError(version);
    return record;
  }
}
