import { pause } from '../../../shared/clock.ts';
import type { Logger } from '../../../shared/logger.ts';
import {
  readableShards,
  type Shard,
  type ShardReader,
  type StreamRecord,
  type TableStream,
} from '../../../shared/table-stream/table-stream.ts';
import type { TableStreamHandler } from '../../streams/table-stream-handler.ts';

export type PollerOptions = {
  readonly stream: TableStream;
  readonly handler: TableStreamHandler;
  readonly logger: Logger;
  /** Most records the handler gets at once, 1 to 1,000. Asked before each read. */
  readonly batchSize: () => number;
  /** The sequence number after which to begin. Default: with the oldest record. */
  readonly startAfter?: (shardId: string) => Promise<string | undefined>;
};

/** How long changes are gathered, unless there are enough for a full batch. On AWS it is longer. */
const WINDOW_MS = 500;
/** Shards come and go in hours. */
const LIST_AGAIN_MS = 30_000;

/**
 * Replaces Lambda's event source mapping: reads the shards in order, parents first, calls the
 * handler with what it finds, and again from the record on that it did not manage.
 */
export class StreamPoller {
  readonly #options: PollerOptions;
  readonly #readers = new Map<string, ShardReader>();
  /** The sequence number of the last handled record, by shard. */
  readonly #handled = new Map<string, string | undefined>();
  readonly #ended = new Set<string>();
  #shards: readonly Shard[] = [];
  #listedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Resolves when `signal` has aborted and the handler has returned. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const hasMore = await this.#round(signal).catch((error: unknown) => {
        this.#options.logger.warn('the stream could not be read', { error });
        return false;
      });
      if (!hasMore) await pause(WINDOW_MS, signal);
    }
  }

  /** True when there is more to be had at once. */
  async #round(signal: AbortSignal): Promise<boolean> {
    if (performance.now() - this.#listedAt > LIST_AGAIN_MS) {
      this.#shards = await this.#options.stream.shards();
      this.#listedAt = performance.now();
    }
    let hasMore = false;
    for (const { id } of readableShards(this.#shards, this.#ended)) {
      if (!signal.aborted && (await this.#step(id))) hasMore = true;
    }
    return hasMore;
  }

  async #step(shardId: string): Promise<boolean> {
    const max = this.#options.batchSize();
    const records = await (await this.#readerOf(shardId)).next(max);
    if (records === undefined) {
      this.#ended.add(shardId);
      this.#listedAt = Number.NEGATIVE_INFINITY;
      return true;
    }
    if (records.length === 0) return false;
    const failedAt = await this.#handle(shardId, records);
    const done = failedAt === undefined ? records : records.slice(0, failedAt);
    const last = done.at(-1)?.dynamodb?.SequenceNumber;
    if (last !== undefined) this.#handled.set(shardId, last);
    if (failedAt !== undefined) this.#readers.delete(shardId);
    return done.length === max;
  }

  /** Returns the index of the record from which on the batch must come again. */
  async #handle(shardId: string, records: readonly StreamRecord[]): Promise<number | undefined> {
    try {
      const { batchItemFailures } = await this.#options.handler({ Records: records, shardId });
      const [failure] = batchItemFailures;
      if (!failure) return undefined;
      const isIt = ({ dynamodb }: StreamRecord): boolean =>
        dynamodb?.SequenceNumber === failure.itemIdentifier;
      return Math.max(records.findIndex(isIt), 0);
    } catch (error) {
      this.#options.logger.error('the consumer failed', { error });
      return 0;
    }
  }

  async #readerOf(shardId: string): Promise<ShardReader> {
    if (!this.#handled.has(shardId)) {
      this.#handled.set(shardId, await this.#options.startAfter?.(shardId));
    }
    const reader =
      this.#readers.get(shardId) ?? this.#options.stream.read(shardId, this.#handled.get(shardId));
    this.#readers.set(shardId, reader);
    return reader;
  }
}
