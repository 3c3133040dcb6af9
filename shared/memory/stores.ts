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
import type { StatsStore } from '../stats/stats-store.ts';
import { Tallies, type Tally, type Whose, withoutNegatives } from '../stats/tally.ts';
import { movesOf, type TaskChange } from '../stats/task-change.ts';
import { isAfter } from '../table-stream/table-stream.ts';

/** Control record of this process, for tests. */
export class MemoryControlStore implements ControlStore {
  readonly #clock: Clock;
  #record: ControlRecord = { version: 0, overrides: {} };

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  async read(): Promise<ControlRecord> {
    return this.#record;
  }

  async write(version: number, overrides: Overrides, changedBy: string): Promise<ControlRecord> {
    if (version !== this.#record.version) throw new ControlConflictError(version);
    const changedAt = isoTime(this.#clock.now());
    this.#record = { version: version + 1, overrides, changedAt, changedBy };
    return this.#record;
  }
}

/** Idempotency keys of this process, for tests. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  readonly #clock: Clock;
  readonly #reservations = new Map<string, Reservation>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  async reserve({ owner, key }: IdempotencyKey, fingerprint: string): Promise<Reservation> {
    const now = this.#clock.now();
    const id = JSON.stringify([owner, key]);
    const known = this.#reservations.get(id);
    if (known && now < known.createdAt + KEY_LIFETIME_SECONDS * 1000) return known;
    this.#reservations.set(id, { fingerprint, createdAt: now, isNew: false });
    return { fingerprint, createdAt: now, isNew: true };
  }
}

/** Numbers of this process, for tests. */
export class MemoryStatsStore implements StatsStore {
  readonly #tallies = new Tallies();
  /** By shard, the sequence number of the last change that was counted. */
  readonly #checkpoints = new Map<string, string>();

  async apply(shardId: string, changes: readonly TaskChange[]): Promise<void> {
    for (const change of changes) {
      if (!isAfter(change.sequenceNumber, this.#checkpoints.get(shardId) ?? '')) continue;
      for (const [cell, count] of movesOf(change)) this.#tallies.add(change.owner, cell, count);
      this.#checkpoints.set(shardId, change.sequenceNumber);
    }
  }

  async read(whose: Whose): Promise<Tally> {
    return withoutNegatives(this.#tallies.of(whose));
  }
}
