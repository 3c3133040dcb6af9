import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { Report } from '../../shared/report/report.ts';
import { DynamodbTable } from '../../shared/task-log/dynamodb-table.ts';
import { DynamodbTaskLog } from '../../shared/task-log/dynamodb-task-log.ts';
import { aTask } from '../support/a-task.ts';
import { aConfig, dynamodbClient, ownResources } from '../support/aws.ts';
import { claimed } from '../support/task-log-harness.ts';

const ownWorkDone = { status: 'child_running', report: Report.success('Divided') } as const;

/** A log, and how many of its requests were under way at once, at most. */
async function setup() {
  const { table } = await ownResources(aConfig());
  const client = dynamodbClient();
  const requests = { now: 0, most: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      requests.now += 1;
      requests.most = Math.max(requests.most, requests.now);
      return next(args).finally(() => {
        requests.now -= 1;
      });
    },
    { step: 'initialize' },
  );
  const documents = new DynamodbTable(DynamoDBDocumentClient.from(client), table);
  return { log: new DynamodbTaskLog(documents, { retentionDays: 30 }), requests };
}

test('cancelling a parent of many leaves connections to the heartbeats of other tasks', async () => {
  const { log, requests } = await setup();
  const parent = aTask();
  const claim = await claimed(log, parent);
  const children = Array.from({ length: 120 }, () => aTask({ parentId: parent.id }));
  await log.openChildren(
    claim,
    children.map(({ id }) => id),
  );
  for (const child of children) await log.recordEnqueued(child, 'main');
  await log.finish(claim, ownWorkDone);
  requests.most = 0;

  await log.cancel(parent.id, { force: true });

  // An SDK client has 50 connections, and who gets none for 3 s gives up.
  expect(requests.most).toBeLessThan(40);
  expect(await log.countByStatus()).toEqual({ cancelled: 121 });
});
