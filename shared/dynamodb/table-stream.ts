import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { LogUnavailableError } from '../errors.ts';
import type {
  Shard,
  ShardReader,
  StreamRecord,
  TableStream,
} from '../table-stream/table-stream.ts';

/** A stream of DynamoDB itself, for processes that are not behind a Lambda event source. */
export class DynamodbTableStream implements TableStream {
  readonly #client: DynamoDBStreamsClient;
  readonly #arn: string;

  constructor(client: DynamoDBStreamsClient, arn: string) {
    this.#client = client;
    this.#arn = arn;
  }

  async shards(): Promise<Shard[]> {
    const shards: Shard[] = [];
    let last: string | undefined;
    do {
      const command = new DescribeStreamCommand({
        StreamArn: this.#arn,
        ExclusiveStartShardId: last,
      });
      const { StreamDescription: { Shards = [], LastEvaluatedShardId } = {} } = await translated(
        'describe stream',
        () => this.#client.send(command),
      );
      shards.push(
        ...Shards.map(({ ShardId: id = '', ParentShardId: parentId }) => ({ id, parentId })),
      );
      last = LastEvaluatedShardId;
    } while (last !== undefined);
    return shards;
  }

  read(shardId: string, after?: string): ShardReader {
    return new DynamodbShardReader(this.#client, this.#arn, shardId, after);
  }
}

class DynamodbShardReader implements ShardReader {
  readonly #client: DynamoDBStreamsClient;
  readonly #shard: { readonly StreamArn: string; readonly ShardId: string };
  /** Sequence number of the last record that was read. */
  #after: string | undefined;
  #iterator: string | undefined;
  #hasEnded = false;

  constructor(
    client: DynamoDBStreamsClient,
    StreamArn: string,
    ShardId: string,
    after: string | undefined,
  ) {
    this.#client = client;
    this.#shard = { StreamArn, ShardId };
    this.#after = after;
  }

  async next(max: number): Promise<readonly StreamRecord[] | undefined> {
    if (this.#hasEnded) return undefined;
    try {
      this.#iterator ??= await this.#newIterator();
      const { Records = [], NextShardIterator } = await this.#client.send(
        new GetRecordsCommand({ ShardIterator: this.#iterator, Limit: max }),
      );
      this.#iterator = NextShardIterator;
      this.#hasEnded = NextShardIterator === undefined;
      this.#after = Records.at(-1)?.dynamodb?.SequenceNumber ?? this.#after;
      return Records;
    } catch (error) {
      if (!this.#canGoOnAfter(error)) throw new LogUnavailableError('read stream', error);
      this.#iterator = undefined;
      return [];
    }
  }

  async #newIterator(): Promise<string | undefined> {
    const { ShardIterator } = await this.#client.send(
      new GetShardIteratorCommand({
        ...this.#shard,
        ShardIteratorType: this.#after === undefined ? 'TRIM_HORIZON' : 'AFTER_SEQUENCE_NUMBER',
        SequenceNumber: this.#after,
      }),
    );
    return ShardIterator;
  }

  /** An iterator is good for 15 minutes, a position for as long as its record is kept. */
  #canGoOnAfter(error: unknown): boolean {
    if (error instanceof TrimmedDataAccessException) this.#after = undefined;
    else if (!(error instanceof ExpiredIteratorException)) return false;
    return true;
  }
}

async function translated<Output>(operation: string, send: () => Promise<Output>): Promise<Output> {
  try {
    return await send();
  } catch (cause) {
    throw new LogUnavailableError(operation, cause);
  }
}
