import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DynamodbStatsStore } from '../../shared/dynamodb/stats/stats-store.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { DynamodbTransactions } from '../../shared/dynamodb/transactions.ts';
import { dynamodbClient } from './aws.ts';

/** To count changes in a table, as the consumer of its stream does. */
export function statsStoreOf(table: string): DynamodbStatsStore {
  const documents = DynamoDBDocumentClient.from(dynamodbClient());
  const transactions = new DynamodbTransactions(documents, table);
  return new DynamodbStatsStore(new DynamodbTable(documents, table), transactions);
}
