import { describe } from 'vitest';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { DynamodbRedelivery } from '../../shared/dynamodb/task-log/redelivery.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { meteredDocuments, ownTable } from '../support/aws.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { describeTaskLogContract } from './task-log-contract.ts';

describe('DynamodbTaskLog', () => {
  describeTaskLogContract(async () => {
    const table = await ownTable();
    const clock = new ManualClock();
    const files = new MemoryFileStore();
    const documents = new DynamodbTable(meteredDocuments(), table);
    const options = { retentionDays: 30, clock, files };
    const log = dynamodbTaskLog(documents, options);
    return { clock, files, log, redelivery: new DynamodbRedelivery(documents, options) };
  });
});
