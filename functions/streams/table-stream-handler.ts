import { eventIn, type TaskEvents } from '../../shared/events/task-events.ts';
import type { Logger } from '../../shared/logger.ts';
import type { StatsStore } from '../../shared/stats/stats-store.ts';
import { changeIn } from '../../shared/stats/task-change.ts';
import type { StreamRecord } from '../../shared/table-stream/table-stream.ts';

/** The event of a source with a tumbling window. Without one, Lambda does not name the shard. */
export type TableStreamEvent = {
  readonly Records: readonly StreamRecord[];
  readonly shardId?: string;
};

/**
 * With a tumbling window, a response without `state` counts as a failure. The state stays empty.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
 */
export type TableStreamAnswer = {
  readonly state: Readonly<Record<string, never>>;
  /** At most one entry: Lambda delivers the batch again from this record. */
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
};

export type TableStreamHandler = (event: TableStreamEvent) => Promise<TableStreamAnswer>;

/** Updates the statistics from changes in the task log, and publishes events of tasks that ended. */
export const tableStreamHandler =
  (deps: ConsumerDeps): TableStreamHandler =>
  async ({ Records: records, shardId }) => {
    if (shardId === undefined) throw new Error('The event source needs a tumbling window.');
    const failedFrom = await consumeBatch({ shardId, records }, deps);
    return {
      state: {},
      batchItemFailures: failedFrom === undefined ? [] : [{ itemIdentifier: failedFrom }],
    };
  };

/** Records of one shard, in order. */
type StreamBatch = {
  readonly shardId: string;
  readonly records: readonly StreamRecord[];
};

export type ConsumerDeps = {
  readonly stats: StatsStore;
  readonly events: TaskEvents;
  readonly logger: Logger;
};

/**
 * Counts the changes, then publishes the events. After a crash the batch is delivered again, in whole
 * or in part. Counting again changes nothing. Events may repeat, so they go out last.
 *
 * Resolves to the sequence number of the first record to deliver again, or to undefined when all
 * records are done. Never rejects.
 */
async function consumeBatch(
  { shardId, records }: StreamBatch,
  { stats, events, logger }: ConsumerDeps,
): Promise<string | undefined> {
  try {
    await stats.apply(
      shardId,
      records.flatMap((record) => changeIn(record) ?? []),
    );
  } catch (error) {
    logger.error('tasks could not be counted; the batch is retried', { shardId, error });
    return records[0]?.dynamodb?.SequenceNumber;
  }
  const published = records.flatMap((record) => {
    const event = eventIn(record);
    return event ? [{ record, event }] : [];
  });
  const errors = await events.emit(published.map(({ event }) => event));
  const failed = errors.findIndex((error) => error !== undefined);
  if (failed === -1) return undefined;
  logger.error('events could not be published; they are retried', {
    shardId,
    error: errors[failed],
  });
  return published[failed]?.record.dynamodb?.SequenceNumber;
}
