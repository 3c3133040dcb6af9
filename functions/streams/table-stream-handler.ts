import type { StreamRecord } from '../../shared/table-stream/stream-record.ts';
import { type ConsumerDeps, consumeBatch } from './consume-batch.ts';

/** What a source with a tumbling window sends: only then does Lambda say which shard it reads. */
export type TableStreamEvent = {
  readonly Records: readonly StreamRecord[];
  readonly shardId?: string;
};

/**
 * With a tumbling window an answer without `state` counts as a failure. We keep nothing in it.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
 */
export type TableStreamAnswer = {
  readonly state: Readonly<Record<string, never>>;
  /** At most one: from this record on the batch must come again. */
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
};

export type TableStreamHandler = (event: TableStreamEvent) => Promise<TableStreamAnswer>;

/** Counts what changed in the task log, and tells of tasks that ended. */
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
