import { describe } from 'vitest';
import { MemoryFileStore } from '../../shared/files/memory-file-store.ts';
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
    return {
      clock,
      files,
      log: new DynamodbTaskLog(documents, { retentionDays: 30, clock, files }),
    };
  });
});
