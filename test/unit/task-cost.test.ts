import { expect, test } from 'vitest';
import { DEFAULT_TABLE } from '../../shared/cost/prices.ts';
import {
  costPerMillion,
  countsPerTask,
  idleCostPerMonth,
  idlePollsPerMonth,
} from '../../shared/cost/task-cost.ts';

const USAGE = {
  sqsRequests: { SendMessageBatch: 10, ReceiveMessage: 14, DeleteMessageBatch: 10 },
  emptyReceives: 4,
  writeUnits: 300,
  readUnits: 50,
  s3Requests: { PutObjectCommand: 100, UploadPartCommand: 20, GetObjectCommand: 10 },
};

test('counts are of one task, and polls that brought nothing are of none', () => {
  expect(countsPerTask(USAGE, 100, 500)).toEqual({
    sends: 0.1,
    receives: 0.1,
    deletes: 0.1,
    writeUnits: 3,
    readUnits: 0.5,
    s3Puts: 1.2,
    s3Gets: 0.1,
  });
});

test('every 64 KB of a request are billed as one more: ten messages of 20,000 bytes are four', () => {
  const { sends, receives, deletes } = countsPerTask(USAGE, 100, 20_000);

  expect([sends, receives, deletes]).toEqual([0.4, 0.4, 0.1]);
});

test('a million tasks of 0.3 requests and 3 write units cost $0.12 and $1.875', () => {
  const counts = { sends: 0.1, receives: 0.1, deletes: 0.1, writeUnits: 3, readUnits: 0 };

  const cost = costPerMillion({ ...counts, s3Puts: 0, s3Gets: 0 }, DEFAULT_TABLE);

  expect(cost.sqs).toBeCloseTo(0.12, 10);
  expect(cost.dynamodb).toBeCloseTo(1.875, 10);
  expect(cost.s3).toBe(0);
  expect(cost.total).toBeCloseTo(1.995, 10);
});

test('a file a task adds $5.00 of puts to a million, a read unit $0.125', () => {
  const none = { sends: 0, receives: 0, deletes: 0, writeUnits: 0, s3Gets: 0 };

  const cost = costPerMillion({ ...none, readUnits: 1, s3Puts: 1 }, DEFAULT_TABLE);

  expect(cost.s3).toBeCloseTo(5, 10);
  expect(cost.dynamodb).toBeCloseTo(0.125, 10);
});

test('three idle queues of one worker poll 394,200 times a month, for $0.158', () => {
  const waiting = { queues: 3, workers: 1, pollWaitSeconds: 20 };

  // 180 an hour each, as the benchmark counts them.
  expect(idlePollsPerMonth(waiting)).toBe(3 * 180 * 730);
  expect(idleCostPerMonth(waiting, DEFAULT_TABLE)).toBeCloseTo(0.15768, 10);
  expect(idleCostPerMonth({ ...waiting, pollWaitSeconds: 1 }, DEFAULT_TABLE)).toBeCloseTo(
    3.1536,
    10,
  );
});
