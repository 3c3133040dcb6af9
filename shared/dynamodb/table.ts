import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { TableState } from '../check/seen.ts';
import { pause } from '../clock.ts';
import { LogUnavailableError } from '../errors.ts';

export type Item = Record<string, unknown>;
export type Key = { readonly pk: string; readonly sk: string };

type BatchedWrite = NonNullable<BatchWriteCommandInput['RequestItems']>[string][number];

export type QueryPage = {
  readonly items: Item[];
  /** How many were found; all there is to know of them when only their count was asked for. */
  readonly count: number;
  /** How many were read, those included that a filter kept back. */
  readonly scanned: number;
  readonly lastKey: Item | undefined;
};

/** A write whose condition did not hold, with the item as it was found. */
export type RefusedWrite = { readonly refused: Item | undefined };

/** Errors that a retry cannot fix: the request itself is wrong. */
const OUR_FAULT = ['ValidationException', 'SerializationException'];
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MAX_BATCH_GET = 100;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const MAX_BATCH_WRITE = 25;
/** Before the part of a batch is sent again that DynamoDB had no capacity for. */
const BATCH_PAUSE_MS = 50;
/** Parallel batches: a long list of keys is fast and does not throttle the table. */
const PARALLEL_BATCH_GETS = 4;

/** The few table operations the task log is made of, with SDK failures turned into ours. */
export class DynamodbTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #name: string;

  constructor(client: DynamoDBDocumentClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async get(key: Key): Promise<Item | undefined> {
    const command = new GetCommand({ TableName: this.#name, Key: key, ConsistentRead: true });
    return (await this.#call('get', () => this.#client.send(command))).Item;
  }

  /** For half the price: may miss a write of the last second or so. */
  async getSoon(key: Key): Promise<Item | undefined> {
    const command = new GetCommand({ TableName: this.#name, Key: key });
    return (await this.#call('get', () => this.#client.send(command))).Item;
  }

  async put(item: Item): Promise<void> {
    const command = new PutCommand({ TableName: this.#name, Item: item });
    await this.#call('put', () => this.#client.send(command));
  }

  async putMany(items: readonly Item[]): Promise<void> {
    await this.#writeMany(items.map((Item) => ({ PutRequest: { Item } })));
  }

  async deleteMany(keys: readonly Key[]): Promise<void> {
    await this.#writeMany(keys.map((Key) => ({ DeleteRequest: { Key } })));
  }

  async #writeMany(requests: readonly BatchedWrite[]): Promise<void> {
    let missing = requests;
    while (missing.length > 0) {
      const command = new BatchWriteCommand({
        RequestItems: { [this.#name]: missing.slice(0, MAX_BATCH_WRITE) },
      });
      const { UnprocessedItems = {} } = await this.#call('batch write', () =>
        this.#client.send(command),
      );
      const unprocessed = UnprocessedItems[this.#name] ?? [];
      if (unprocessed.length > 0) await pause(BATCH_PAUSE_MS);
      missing = [...unprocessed, ...missing.slice(MAX_BATCH_WRITE)];
    }
  }

  /** Puts the item if its key is free. False: it is not. */
  async putNew(item: Item): Promise<boolean> {
    const command = new PutCommand({
      TableName: this.#name,
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    const result = await this.#conditional('put', () => this.#client.send(command));
    return !('refused' in result);
  }

  /**
   * Puts the item if its key is free, or else returns the item that has it. An expired
   * item does not count: DynamoDB deletes it within days, not at once.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html
   * @param now milliseconds since 1970
   */
  async putNewOrFound(item: Item, now: number): Promise<Item | undefined> {
    const command = new PutCommand({
      TableName: this.#name,
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
      ExpressionAttributeValues: { ':now': Math.floor(now / 1000) },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const result = await this.#conditional('put', () => this.#client.send(command));
    return 'refused' in result ? result.refused : undefined;
  }

  /** Replaces an item of this `version`; 0 stands for no item. False: it has another. */
  async putIfVersion(item: Item, version: number): Promise<boolean> {
    const isNew = version === 0;
    const command = new PutCommand({
      TableName: this.#name,
      Item: item,
      ConditionExpression: isNew ? 'attribute_not_exists(pk)' : 'version = :version',
      ExpressionAttributeValues: isNew ? undefined : { ':version': version },
    });
    const result = await this.#conditional('put', () => this.#client.send(command));
    return !('refused' in result);
  }

  /** Returns the item before the update, or as it is when the condition did not hold. */
  async update(
    input: Omit<UpdateCommandInput, 'TableName'>,
  ): Promise<RefusedWrite | { readonly before: Item | undefined }> {
    const command = new UpdateCommand({
      ...input,
      TableName: this.#name,
      ReturnValues: 'ALL_OLD',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const result = await this.#conditional('update', () => this.#client.send(command));
    return 'refused' in result ? result : { before: result.Attributes };
  }

  async query(input: Omit<QueryCommandInput, 'TableName'>): Promise<QueryPage> {
    const command = new QueryCommand({ ...input, TableName: this.#name });
    const output = await this.#call('query', () => this.#client.send(command));
    const { Items: items = [], Count: count = 0, ScannedCount: scanned = 0 } = output;
    return { items, count, scanned, lastKey: output.LastEvaluatedKey };
  }

  async *queryAll(input: Omit<QueryCommandInput, 'TableName'>): AsyncGenerator<QueryPage> {
    let lastKey: Item | undefined;
    do {
      const page = await this.query({ ...input, ExclusiveStartKey: lastKey });
      yield page;
      lastKey = page.lastKey;
    } while (lastKey);
  }

  /** The items that exist, in the order of their keys. For half the price when not consistent. */
  async getMany(keys: readonly Key[], isConsistent = false): Promise<Item[]> {
    const found = new Map<string, Item>();
    const nameOf = ({ pk, sk }: Key): string => JSON.stringify([pk, sk]);
    for (const group of slices(keys, MAX_BATCH_GET * PARALLEL_BATCH_GETS)) {
      const batches = slices(group, MAX_BATCH_GET).map((batch) =>
        this.#getBatch(batch, isConsistent),
      );
      for (const item of (await Promise.all(batches)).flat()) found.set(nameOf(item as Key), item);
    }
    return keys.map((key) => found.get(nameOf(key))).filter((item) => item !== undefined);
  }

  async #getBatch(keys: readonly Key[], isConsistent: boolean): Promise<Item[]> {
    const items: Item[] = [];
    let missing = keys.map(({ pk, sk }) => ({ pk, sk }));
    while (missing.length > 0) {
      const command = new BatchGetCommand({
        RequestItems: { [this.#name]: { Keys: missing, ConsistentRead: isConsistent } },
      });
      const { Responses = {}, UnprocessedKeys = {} } = await this.#call('batch get', () =>
        this.#client.send(command),
      );
      const found = Responses[this.#name] ?? [];
      items.push(...found);
      missing = (UnprocessedKeys[this.#name]?.Keys ?? []) as { pk: string; sk: string }[];
      if (missing.length > 0) await pause(BATCH_PAUSE_MS);
    }
    return items;
  }

  async #conditional<Output extends object>(
    operation: string,
    send: () => Promise<Output>,
  ): Promise<Output | RefusedWrite> {
    try {
      return await this.#call(operation, send);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { refused: error.Item && unmarshall(error.Item) };
    }
  }

  /** The one place where an SDK failure becomes ours. */
  async #call<Output>(operation: string, send: () => Promise<Output>): Promise<Output> {
    try {
      return await send();
    } catch (cause) {
      if (cause instanceof ConditionalCheckFailedException) throw cause;
      if (cause instanceof Error && OUR_FAULT.includes(cause.name)) throw cause;
      throw new LogUnavailableError(operation, cause);
    }
  }
}

const slices = <Entry>(entries: readonly Entry[], size: number): Entry[][] =>
  Array.from({ length: Math.ceil(entries.length / size) }, (_, index) =>
    entries.slice(index * size, (index + 1) * size),
  );

/** @throws whatever DynamoDB answers */
export async function tableState(dynamodb: DynamoDBClient, TableName: string): Promise<TableState> {
  const [{ Table }, { TimeToLiveDescription }] = await Promise.all([
    dynamodb.send(new DescribeTableCommand({ TableName })),
    dynamodb.send(new DescribeTimeToLiveCommand({ TableName })),
  ]);
  const isExpiring = /^ENABL/.test(TimeToLiveDescription?.TimeToLiveStatus ?? '');
  const { StreamEnabled, StreamViewType } = Table?.StreamSpecification ?? {};
  return {
    keys: (Table?.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName),
    indexes: (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName = '' }) => IndexName),
    timeToLive: isExpiring ? TimeToLiveDescription?.AttributeName : undefined,
    hasStream: StreamEnabled === true && StreamViewType === 'NEW_AND_OLD_IMAGES',
  };
}
