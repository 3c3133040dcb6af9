import { expect, test } from 'vitest';
import { monthlyPlan, type PlanInput } from '../../shared/cost/monthly-plan.ts';
import { DEFAULT_TABLE } from '../../shared/cost/prices.ts';

const NOTHING = { readUnits: 0, s3Puts: 0, s3Gets: 0 };
const COUNTS = {
  queue: 'main',
  broker: 'sqs',
  burst: { ...NOTHING, sends: 0.1, receives: 0.1, deletes: 0.1, writeUnits: 3 },
  single: { ...NOTHING, sends: 1, receives: 1, deletes: 1, writeUnits: 3 },
} as const;

const INPUT: PlanInput = {
  tasksPerMonth: 1_000_000,
  queues: [{ share: 1, counts: COUNTS }],
  arrival: 'burst',
  batch: 100,
  payloadBytes: 256,
  fileBytes: 0,
  hasOwner: false,
  isLogOnSql: false,
  hasEvents: false,
  retentionDays: 30,
  averageSeconds: 1,
  visibilityTimeoutSeconds: 60,
  workers: 1,
  concurrency: 10,
  pollWaitSeconds: 20,
  lambdaMs: 20,
};

/** Dollars by "service, what". */
function planned(changes: Partial<PlanInput> = {}): Record<string, number> {
  const { lines } = monthlyPlan({ ...INPUT, ...changes }, DEFAULT_TABLE);
  return Object.fromEntries(lines.map(({ service, what, usd }) => [`${service}, ${what}`, usd]));
}

const near = (value: number) => expect.closeTo(value, 6);

test('the bill of a million small tasks that come in batches of a hundred', () => {
  // Windows of the stream: 4 × 525,600; one change each: 2,102,400 × (1 - e^(-1,000,000 / 2,102,400)).
  const batches = 2_102_400 * (1 - Math.exp(-1_000_000 / 2_102_400));

  expect(planned()).toEqual({
    'SQS, tasks': near(0.12), // 300,000 × $0.40 a million
    'SQS, waiting polls': near(0.05256), // 180 an hour × 730 h
    'DynamoDB, write units of tasks': near(1.875), // 3,000,000 × $0.625 a million
    'DynamoDB, write units of statistics': near((batches * 4 * 0.625) / 1e6),
    'DynamoDB, records, GB': near((1.024 * 30 * 24 * 0.25) / 730), // 30 of 30.42 days
    'API Gateway, requests': near(0.01), // 10,000 × $1 a million
    'Lambda, requests of the API': near(0.002),
    'Lambda, batches of the stream': near((batches * 0.2) / 1e6),
    'Lambda, GB-seconds': near((batches + 10_000) * 0.5 * 0.02 * 0.000_013_333_4),
    'Fargate, vCPU hours': near(5.90935), // 730 × 0.25 × $0.03238
    'Fargate, GB hours': near(1.2994), // 730 × 0.5 × $0.00356
    'VPC, public address, hours': near(3.65), // 730 × $0.005
    'CloudWatch, metrics': near(3), // 10 × $0.30
  });
});

test('the sum is that of the lines', () => {
  const { usd } = monthlyPlan(INPUT, DEFAULT_TABLE);

  expect(usd).toBeCloseTo(Object.values(planned()).reduce((sum, line) => sum + line));
});

test('each alone, a task is three requests to SQS and one to the API', () => {
  expect(planned({ arrival: 'single' })).toMatchObject({
    'SQS, tasks': near(1.2),
    'API Gateway, requests': near(1),
    'Lambda, requests of the API': near(0.2),
  });
});

test('each queue counts by its share, and sync queues neither wait nor have metrics', () => {
  const sync = {
    queue: 'here',
    broker: 'memory',
    burst: { ...COUNTS.burst, sends: 0, receives: 0, deletes: 0 },
    single: { ...COUNTS.single, sends: 0, receives: 0, deletes: 0 },
  } as const;
  const queues = [
    { share: 0.25, counts: COUNTS },
    { share: 0.75, counts: sync },
  ];

  expect(planned({ queues })).toMatchObject({
    'SQS, tasks': near(0.03),
    'SQS, waiting polls': near(0.05256),
    'DynamoDB, write units of tasks': near(1.875),
    'CloudWatch, metrics': near(3),
  });
});

test('a task of 95 s under a lease of 60 s renews it three times, in SQS and in the log', () => {
  expect(planned({ averageSeconds: 95 })).toMatchObject({
    'SQS, leases renewed': near(1.2),
    'DynamoDB, write units of heartbeats': near(1.875),
  });
  expect(planned({ averageSeconds: 29 })).not.toHaveProperty('SQS, leases renewed');
});

test('files cost their puts and, for as long as records are kept, their storage', () => {
  const burst = { ...COUNTS.burst, s3Puts: 1 };
  const queues = [{ share: 1, counts: { ...COUNTS, burst } }];

  expect(planned({ queues, fileBytes: 1_000_000, retentionDays: 365 })).toMatchObject({
    'S3, puts': near(5), // 1,000,000 × $0.005 a thousand
    'S3, files, GB': near(12_000 * 0.023), // 1,000 GB a month, kept for twelve
  });
});

test('an owner makes each batch of the statistics 2 write units dearer', () => {
  const without = planned()['DynamoDB, write units of statistics'] ?? 0;

  expect(planned({ hasOwner: true })['DynamoDB, write units of statistics']).toBeCloseTo(
    without * 1.5,
  );
});

test('events are paid for where the configuration has a bus', () => {
  expect(planned()).not.toHaveProperty('EventBridge, events');
  expect(planned({ hasEvents: true })).toMatchObject({ 'EventBridge, events': near(1) });
});

test('it says how busy the slots are, and how many workers there must be', () => {
  // 730 h are 2,628,000 s; a million tasks of 52.56 s keep 20 slots busy all the time.
  const plan = monthlyPlan({ ...INPUT, averageSeconds: 52.56 }, DEFAULT_TABLE);

  expect(plan.utilization).toBeCloseTo(2);
  expect(plan.workersNeeded).toBe(2);
  expect(monthlyPlan(INPUT, DEFAULT_TABLE).workersNeeded).toBe(1);
});

test('with the task log on PostgreSQL there is nothing of DynamoDB, nor of its stream', () => {
  const onSql = planned({ isLogOnSql: true, averageSeconds: 100 });

  const ofDynamodb =
    /^DynamoDB, (write units of (heartbeats|statistics)|records)|batches of the stream/;
  expect(
    Object.keys(planned({ averageSeconds: 100 })).filter((line) => ofDynamodb.test(line)),
  ).toHaveLength(4);
  expect(Object.keys(onSql).filter((line) => ofDynamodb.test(line))).toEqual([]);
});
