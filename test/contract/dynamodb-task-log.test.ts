import { describe } from 'vitest';
import { MemoryFileStore } from '../../shared/files/memory-file-store.ts';
import { DynamodbResends } from '../../shared/task-log/dynamodb-resends.ts';
import { DynamodbTable } from '../../shared/task-log/dynamodb-table.ts';
import { DynamodbTaskLog } from '../../shared/task-log/dynamodb-task-log.ts';
import { aConfig, meteredDocuments, ownResources } from '../support/aws.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { describeTaskLogContract } from './task-log-contract.ts';

describe('DynamodbTaskLog', () => {
  describeTaskLogContract(async () => {
    const { table } = await ownResources(aConfig());
    const clock = new ManualClock();
    const files = new MemoryFileStore();
    const documents = new DynamodbTable(meteredDocuments(), table);
    const options = { retentionDays: 30, clock, files };
    const log = new DynamodbTaskLog(documents, options);
    return { clock, files, log, resends: new DynamodbResends(documents, options) };
  });
});
