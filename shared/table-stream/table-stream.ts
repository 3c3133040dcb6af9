import { PARTITIONS } from '../ids.ts';

/** An attribute in DynamoDB's format, as far as this code reads it. Numbers are text. */
type StreamAttribute = { readonly S?: string; readonly N?: string };

export type StreamImage = Readonly<Record<string, StreamAttribute>>;

/**
 * One change of one item of the table, in the format of Lambda and of the streams API.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
 */
export type StreamRecord = {
  readonly dynamodb?:
    | {
        readonly Keys?: StreamImage | undefined;
        /** The item before the change. Absent: the item is new. */
        readonly OldImage?: StreamImage | undefined;
        /** The item after the change. Absent: it was deleted or it expired. */
        readonly NewImage?: StreamImage | undefined;
        /** Up to 40 digits, more than a number holds. Increases within a shard; shards do not compare. */
        readonly SequenceNumber?: string | undefined;
      }
    | undefined;
};

/** The partitions of the task items. Other items of the table are not tasks. */
export const TASK_PARTITIONS: readonly string[] = Array.from(
  { length: PARTITIONS },
  (_, index) => `T#${index}`,
);

/** Returns the id of the changed task. Undefined if the item is not a task. */
export function taskIdIn({ dynamodb: { Keys } = {} }: StreamRecord): string | undefined {
  return TASK_PARTITIONS.includes(Keys?.['pk']?.S ?? '') ? Keys?.['sk']?.S : undefined;
}

/** Pads a sequence number so that its text sorts like the number. An empty one sorts first. */
export const sortable = (sequenceNumber: string): string => sequenceNumber.padStart(40, '0');

/** True if the first one comes later in the shard. */
export const isAfter = (sequenceNumber: string, other: string): boolean =>
  sortable(sequenceNumber) > sortable(other);

/** A part of the stream whose records are in order. A shard ends after some hours; others follow. */
export type Shard = {
  readonly id: string;
  /** The shard that this one continues. Read the parent first. */
  readonly parentId: string | undefined;
};

/**
 * The stream of the table's changes. It keeps them for one day.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
 *
 * @throws {LogUnavailableError} from every method when the stream cannot be reached
 */
export interface TableStream {
  /** Lists all shards with records. */
  shards(): Promise<Shard[]>;

  /** Reads a shard from its oldest record, or after this sequence number. */
  read(shardId: string, after?: string): ShardReader;
}

export interface ShardReader {
  /**
   * Reads at most `max` records, 1 to 1,000. DynamoDB may return none although more follow. Resolves
   * to undefined when the shard has ended and all of it is read.
   */
  next(max: number): Promise<readonly StreamRecord[] | undefined>;
}

/** Returns the shards that can be read now: not ended, and their parents ended or expired. */
export function readableShards(shards: readonly Shard[], ended: ReadonlySet<string>): Shard[] {
  const left = new Set(shards.map(({ id }) => id).filter((id) => !ended.has(id)));
  return shards.filter(({ id, parentId }) => left.has(id) && !left.has(parentId ?? ''));
}
