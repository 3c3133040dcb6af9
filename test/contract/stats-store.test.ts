import { describe } from 'vitest';
import { DynamodbStatsStore } from '../../shared/dynamodb/stats/stats-store.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { DynamodbTransactions } from '../../shared/dynamodb/transactions.ts';
import { MemoryStatsStore } from '../../shared/memory/stores.ts';
import { meteredDocuments, ownTable } from '../support/aws.ts';
import { describeStatsStoreContract } from './stats-store-contract.ts';

describe('statistics in memory', () => {
  describeStatsStoreContract(async () => new MemoryStatsStore());
});

describe('statistics in DynamoDB', () => {
  describeStatsStoreContract(async () => {
    const table = await ownTable();
    const documents = meteredDocuments();
    const transactions = new DynamodbTransactions(documents, table);
    return new DynamodbStatsStore(new DynamodbTable(documents, table), transactions);
  });
});
