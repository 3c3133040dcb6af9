import { pause } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import { readableShards } from '../../shared/table-stream/readable-shards.ts';
import type { StreamRecord } from '../../shared/table-stream/stream-record.ts';
import type { Shard, ShardReader, TableStream } from '../../shared/table-stream/table-stream.ts';
import type { TableStreamHandler } from '../streams/table-stream-handler.ts';

export type PollerOptions = {
  readonly stream: TableStream;
  readonly handler: TableStreamHandler;
  readonly logger: Logger;
  /** Most records the handler gets at once, 1 to 1,000. Asked before each read. */
  readonly batchSize: () => number;
  /** The sequence number after which to begin. Default: with the oldest record. */
  readonly startAfter?: (shardId: string) => Promise<string | undefined>;
};

/** Between two looks at a stream in which nothing happens, and before a batch is tried again. */
const IDLE_MS = 500;
/** Shards come and go in hours. */
const LIST_AGAIN_MS = 30_000;

/**
 * What Lambda's event source mapping is on AWS: reads the shards in order, parents first, calls the
 * handler with what it finds, and again from the record on that it did not manage.
 */
export class StreamPoller {
  readonly #options: PollerOptions;
  readonly #readers = new Map<string, ShardReader>();
  /** By shard, the sequence number of the last record that was handled. */
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
      const handled = await this.#round(signal).catch((error: unknown) => {
        this.#options.logger.warn('the stream could not be read', { error });
        return 0;
      });
      if (handled === 0) await pause(IDLE_MS, signal);
    }
  }

  /** Returns how many records were handled. */
  async #round(signal: AbortSignal): Promise<number> {
    if (performance.now() - this.#listedAt > LIST_AGAIN_MS) {
      this.#shards = await this.#options.stream.shards();
      this.#listedAt = performance.now();
    }
    let handled = 0;
    for (const { id } of readableShards(this.#shards, this.#ended)) {
      if (!signal.aborted) handled += await this.#step(id);
    }
    return handled;
  }

  async #step(shardId: string): Promise<number> {
    const records = await (await this.#readerOf(shardId)).next(this.#options.batchSize());
    if (records === undefined) {
      this.#ended.add(shardId);
      this.#listedAt = Number.NEGATIVE_INFINITY;
      return 0;
    }
    if (records.length === 0) return 0;
    const failedAt = await this.#handle(shardId, records);
    const done = failedAt === undefined ? records : records.slice(0, failedAt);
    const last = done.at(-1)?.dynamodb?.SequenceNumber;
    if (last !== undefined) this.#handled.set(shardId, last);
    if (failedAt !== undefined) this.#readers.delete(shardId);
    return done.length;
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
