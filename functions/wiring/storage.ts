import type { ControlStore } from '../../shared/control/control-store.ts';
import type { TransactionalQueue } from '../../shared/dispatcher/transactional-queue.ts';
import type { IdempotencyStore } from '../../shared/idempotency/idempotency-store.ts';
import type { StatsReader } from '../../shared/stats/stats-store.ts';
import type { PendingRedelivery } from '../../shared/task-log/redelivery.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';

/** Called for each client and pool with what closes it, for processes that outlive their use. */
export type Opened = (close: () => unknown) => void;

/** Parts that `taskLog.type` selects: the task log and the stores beside it. */
export type Storage = {
  readonly log: TaskLog;
  /** For the command line only. */
  readonly redelivery: PendingRedelivery | undefined;
  /** Store of the live settings. */
  readonly control: ControlStore;
  readonly idempotency: IdempotencyStore;
  readonly stats: StatsReader;
  /** By queue: those that are in the same database. */
  readonly transactional?: ReadonlyMap<string, TransactionalQueue>;
  /**
   * Removes what is kept no longer, and says how many tasks that were. Absent: the store does so by
   * itself, or workers do. @throws {LogUnavailableError}
   */
  readonly removeExpired?: () => Promise<number>;
};
