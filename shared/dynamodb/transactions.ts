import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  TransactGetCommand,
  TransactWriteCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { pause } from '../clock.ts';
import { LogUnavailableError } from '../errors.ts';
import type { Item, Key } from './table.ts';

/** Items of one transaction. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
export const MAX_TRANSACTION_ITEMS = 100;

const TRIES = 10;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 1000;
const PASSING_REASONS = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

export type Update = Omit<UpdateCommandInput, 'TableName' | 'ReturnValues'> & {
  readonly UpdateExpression: string;
};

/**
 * Several items at once, all or nothing. What others do to the same items at that moment makes
 * DynamoDB refuse a transaction; it is then repeated, with backoff and full jitter.
 */
export class DynamodbTransactions {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /**
   * False: a condition did not hold, nothing was written. The SDK repeats a request whose answer
   * got lost with the same ClientRequestToken, which DynamoDB then does not carry out again for ten
   * minutes. Callers that repeat it later need a condition that tells them.
   */
  async update(updates: readonly Update[]): Promise<boolean> {
    const TransactItems = updates.map((update) => ({
      Update: { ...update, TableName: this.#table },
    }));
    const result = await this.#call('transaction', () =>
      this.#client.send(new TransactWriteCommand({ TransactItems })),
    );
    return result !== 'refused';
  }

  /** Items as they all were at one moment, in the order of their keys. */
  async get(keys: readonly Key[]): Promise<(Item | undefined)[]> {
    const TransactItems = keys.map((Key) => ({ Get: { Key, TableName: this.#table } }));
    const result = await this.#call('transactional get', () =>
      this.#client.send(new TransactGetCommand({ TransactItems })),
    );
    return result === 'refused' ? [] : (result.Responses ?? []).map(({ Item }) => Item);
  }

  async #call<Output>(operation: string, send: () => Promise<Output>): Promise<Output | 'refused'> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await send();
      } catch (error) {
        const reasons = reasonsIn(error);
        if (reasons.includes('ConditionalCheckFailed')) return 'refused';
        const mayPass = reasons.some((reason) => PASSING_REASONS.has(reason));
        if (!mayPass || attempt + 1 === TRIES) throw translated(operation, error);
        await pause(Math.random() * Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS));
      }
    }
  }
}

const reasonsIn = (error: unknown): string[] =>
  error instanceof TransactionCanceledException
    ? (error.CancellationReasons ?? []).map(({ Code = '' }) => Code)
    : [];

/** Translates an error. An invalid request keeps its error, because a retry cannot fix it. */
function translated(operation: string, error: unknown): unknown {
  const isOurFault =
    (error instanceof Error && error.name === 'ValidationException') ||
    reasonsIn(error).includes('ValidationError');
  return isOurFault ? error : new LogUnavailableError(operation, error);
}
