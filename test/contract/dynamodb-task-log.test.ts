import { describe } from 'vitest';
import { DynamodbTable } from '../../shared/task-log/dynamodb-table.ts';
import { DynamodbTaskLog } from '../../shared/task-log/dynamodb-task-log.ts';
import { aConfig, meteredDocuments, ownResources } from '../support/aws.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { describeTaskLogContract } from './task-log-contract.ts';

describe('DynamodbTaskLog', () => {
  describeTaskLogContract(async () => {
    const { table } = await ownResources(aConfig());
    const clock = new ManualClock();
    return {
      clock,
      log: new DynamodbTaskLog(new DynamodbTable(meteredDocuments(), table), {
        retentionDays: 30,
        clock: clock,
      }),
    };
  });
});
