import type { StreamRecord } from './stream-record.ts';

/** A part of the stream whose records are in order. Shards end after some hours, and others follow. */
export type Shard = {
  readonly id: string;
  /** The shard it continues: to be read before it. */
  readonly parentId: string | undefined;
};

/**
 * The changes of the table, kept for one day.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
 *
 * @throws {LogUnavailableError} from every method when the stream cannot be reached
 */
export interface TableStream {
  /** All shards of which records are kept. */
  shards(): Promise<Shard[]>;

  /** Reads a shard from its oldest record on, or from the one after this sequence number. */
  read(shardId: string, after?: string): ShardReader;
}

export interface ShardReader {
  /**
   * The next records, at most so many (1 to 1,000). None: there are none for now, or none just
   * here, as DynamoDB may say now and then. `undefined`: the shard has ended, all of it is read.
   */
  next(max: number): Promise<readonly StreamRecord[] | undefined>;
}
