import { eventIn } from '../../shared/events/event-in-record.ts';
import type { TaskEvents } from '../../shared/events/task-events.ts';
import type { Logger } from '../../shared/logger.ts';
import type { StatsStore } from '../../shared/stats/stats-store.ts';
import { changeIn } from '../../shared/stats/task-change.ts';
import type { StreamRecord } from '../../shared/table-stream/stream-record.ts';

/** Records of one shard, in its order. */
export type StreamBatch = {
  readonly shardId: string;
  readonly records: readonly StreamRecord[];
};

export type ConsumerDeps = {
  readonly stats: StatsStore;
  readonly events: TaskEvents;
  readonly logger: Logger;
};

/**
 * Counts the tasks that came, went or changed their status, then tells of those that ended.
 *
 * Whatever dies on the way, the batch comes again, or a part of it. Counting again changes nothing;
 * events may be told again, so they are the last to go out.
 *
 * Returns the sequence number of the record from which on the batch must come again, or `undefined`
 * when all of it is done. Never rejects.
 */
export async function consumeBatch(
  { shardId, records }: StreamBatch,
  { stats, events, logger }: ConsumerDeps,
): Promise<string | undefined> {
  try {
    await stats.apply(
      shardId,
      records.flatMap((record) => changeIn(record) ?? []),
    );
  } catch (error) {
    logger.error('tasks could not be counted; the batch comes again', { shardId, error });
    return records[0]?.dynamodb?.SequenceNumber;
  }
  const told = records.flatMap((record) => {
    const event = eventIn(record);
    return event ? [{ record, event }] : [];
  });
  const errors = await events.emit(told.map(({ event }) => event));
  const failed = errors.findIndex((error) => error !== undefined);
  if (failed === -1) return undefined;
  logger.error('events were not taken; they come again', { shardId, error: errors[failed] });
  return told[failed]?.record.dynamodb?.SequenceNumber;
}
