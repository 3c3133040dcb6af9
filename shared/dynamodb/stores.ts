import { type Clock, isoTime, systemClock } from '../clock.ts';
import type { ControlRecord, ControlStore } from '../control/control-store.ts';
import type { Overrides } from '../control/overrides.ts';
import { ControlConflictError } from '../errors.ts';
import {
  type IdempotencyKey,
  type IdempotencyStore,
  KEY_LIFETIME_SECONDS,
  type Reservation,
} from '../idempotency/idempotency-store.ts';
import type { StatsReader } from '../stats/stats-store.ts';
import { type Tally, type Whose, withoutNegatives } from '../stats/tally.ts';
import { statsPartition, tallyOf } from './stats/items.ts';
import type { DynamodbTable, Item } from './table.ts';

const CONTROL_KEY = { pk: 'C', sk: 'control' };

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
    const item = (await this.#table.getSoon(CONTROL_KEY)) as ControlItem | undefined;
    if (!item) return { version: 0, overrides: {} };
    const { version, overrides, changedAt, changedBy } = item;
    return { version, overrides: JSON.parse(overrides) as Overrides, changedAt, changedBy };
  }

  async write(version: number, overrides: Overrides, changedBy: string): Promise<ControlRecord> {
    const changedAt = isoTime(this.#clock.now());
    const record = { version: version + 1, overrides, changedAt, changedBy };
    const item = { ...CONTROL_KEY, ...record, overrides: JSON.stringify(overrides) };
    const isStored = await this.#table.putIfVersion(item, version);
    if (!isStored) throw new ControlConflictError(version);
    return record;
  }
}

type KeyItem = {
  /** Owner and key, so that the keys of one owner spread over the table. */
  readonly pk: string;
  /** The key again: without it, the key `b#c` of `a` would be the key `c` of `a#b`. */
  readonly sk: string;
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Seconds since 1970. */
  readonly expiresAt: number;
};

/** Idempotency keys in the table of the task log: one item, one write unit for each. */
export class DynamodbIdempotencyStore implements IdempotencyStore {
  readonly #table: DynamodbTable;
  readonly #clock: Clock;

  constructor(table: DynamodbTable, clock: Clock = systemClock) {
    this.#table = table;
    this.#clock = clock;
  }

  async reserve({ owner, key }: IdempotencyKey, fingerprint: string): Promise<Reservation> {
    const createdAt = this.#clock.now();
    const item: KeyItem = {
      pk: `K#${owner}#${key}`,
      sk: key,
      fingerprint,
      createdAt,
      expiresAt: Math.ceil(createdAt / 1000) + KEY_LIFETIME_SECONDS,
    };
    const found = (await this.#table.putNewOrFound(item, createdAt)) as KeyItem | undefined;
    if (!found) return { fingerprint, createdAt, isNew: true };
    return { fingerprint: found.fingerprint, createdAt: found.createdAt, isNew: false };
  }
}

/** Numbers in the table of the task log, which the consumer of its stream keeps. */
export class DynamodbStatsReader implements StatsReader {
  readonly #table: DynamodbTable;

  constructor(table: DynamodbTable) {
    this.#table = table;
  }

  async read(whose: Whose): Promise<Tally> {
    const items: Item[] = [];
    for await (const page of this.#table.queryAll({
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': statsPartition(whose) },
    })) {
      items.push(...page.items);
    }
    return withoutNegatives(tallyOf(items));
  }
}
