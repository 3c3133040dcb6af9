import { describe } from 'vitest';
import { DynamodbControlStore } from '../../shared/dynamodb/stores.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { MemoryControlStore } from '../../shared/memory/stores.ts';
import { PostgresControlStore } from '../../shared/postgres/stores.ts';
import { meteredDocuments, ownTable } from '../support/aws.ts';
import { openReusedDatabase } from '../support/postgres.ts';
import { describeControlStoreContract } from './control-store-contract.ts';

describe('control record in memory', () => {
  describeControlStoreContract(async () => new MemoryControlStore());
});

describe('control record in DynamoDB', () => {
  describeControlStoreContract(async () => {
    const table = await ownTable();
    return new DynamodbControlStore(new DynamodbTable(meteredDocuments(), table));
  });
});

describe('control record in PostgreSQL', () => {
  describeControlStoreContract(async () => new PostgresControlStore(await openReusedDatabase()));
});
