import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answer, serverThat } from '../support/answering-server.ts';
import { aCli, runCli } from '../support/cli.ts';
import { cloudwatchWith } from '../support/cloudwatch-server.ts';

type Counts = {
  readonly queue: string;
  readonly burst: Record<string, number>;
  readonly single: Record<string, number>;
  readonly usdPerMillion: Record<'burst' | 'single', { readonly total: number }>;
};

const CONFIG = {
  queues: [
    { name: 'main', weight: 3, broker: { type: 'sqs' } },
    { name: 'here', weight: 1, broker: { type: 'memory' } },
  ],
  defaultQueue: 'main',
  taskQueues: { 'import-results': 'here' },
};

/** A directory with the configuration and nothing else: no server, no variable. */
async function aDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-cost-'));
  await writeFile(join(directory, 'task-queue.config.json'), JSON.stringify(CONFIG));
  return directory;
}

describe('cost counts here', { timeout: 60_000 }, () => {
  test('requests and units of tasks of every queue, on emulators, and prices them', async () => {
    const directory = await aDirectory();
    const args = ['cost', '--tasks', '20', '--owner', '--json'];

    const { code, output, errors } = await runCli(args, { directory });

    expect(errors).toBe('');
    expect(code).toBe(0);
    const { queues, idle } = JSON.parse(output) as { queues: Counts[]; idle: object };
    const [main, here] = queues;
    // Four write units of an owned task: test/contract/dynamodb-cost.test.ts.
    expect(main?.burst).toMatchObject({ sends: 0.1, writeUnits: 4, readUnits: 0 });
    expect(main?.single).toMatchObject({ sends: 1, deletes: 1 });
    expect(main?.single['receives']).toBeGreaterThanOrEqual(1);
    expect(here).toMatchObject({
      queue: 'here',
      burst: { sends: 0, receives: 0, deletes: 0, writeUnits: 4 },
    });
    expect(here?.usdPerMillion.burst.total).toBeCloseTo(4 * 0.625);
    expect(idle).toMatchObject({ queues: 1, workers: 1, pollsPerMonth: 180 * 730 });
  });

  test('plans a month, and says what it would cost if tasks came another way', async () => {
    const directory = await aDirectory();
    const args = ['cost', 'plan', '--tasks-per-month', '2000000', '--tasks', '10'];

    const { code, output } = await runCli([...args, '--share', 'here=0.5', '--json'], {
      directory,
    });

    expect(code).toBe(0);
    const plan = JSON.parse(output) as {
      lines: { what: string; quantity: number; usd: number }[];
      alternatives: { arrival: string; usd: number }[];
      usd: number;
    };
    expect(plan).toMatchObject({
      arrival: 'burst',
      shares: { main: 0.5, here: 0.5 },
    });
    expect(plan.lines).toContainEqual(
      expect.objectContaining({ what: 'write units of tasks', quantity: 6_000_000, usd: 3.75 }),
    );
    expect(plan.usd).toBeCloseTo(plan.lines.reduce((sum, { usd }) => sum + usd, 0));
    const [burst, single] = plan.alternatives;
    expect(burst?.usd).toBeCloseTo(plan.usd);
    expect(single).toMatchObject({ arrival: 'single' });
    expect(single?.usd).toBeGreaterThan(plan.usd);
  });
});

describe('what is wrong with a command line is said before anything is counted', () => {
  test.each([
    ['an unknown queue', ['--queue', 'mainn'], 'There is no queue "mainn". Did you mean "main"?'],
    ['options of --stack', ['--hours', '2'], '--hours: these options need --stack.'],
    ['too few tasks', ['--tasks', '1'], 'It must be a whole number, 10 to 10000.'],
  ])('%s', async (_case, args, message) => {
    const { code, errors } = await runCli(['cost', ...args], { directory: await aDirectory() });

    expect(code).toBe(2);
    expect(errors).toContain(message);
  });

  test.each([
    ['more than all', ['main=0.7,here=0.4'], 'The shares add up to 1.1, which is more than 1.'],
    ['the same twice', ['main=0.7,main=0.2'], 'A queue has one share.'],
    ['less than all', ['main=0.7,here=0.1'], 'The shares of all queues add up to 0.8, not to 1.'],
    ['no number', ['main=half'], 'as in --share priority=0.5, not "main=half".'],
  ])('shares: %s', async (_case, shares, message) => {
    const args = ['cost', 'plan', '--tasks-per-month', '1', '--share', ...shares];

    const { code, errors } = await runCli(args, { directory: await aDirectory() });

    expect(code).toBe(2);
    expect(errors).toContain(message);
  });
});

describe('cost --stack', () => {
  /** A stack on the test servers, and what CloudWatch knows of it. */
  async function aStack() {
    const cli = await aCli();
    const { table, queues } = cli.resources;
    const { url: cloudformation } = await serverThat(
      answer(
        200,
        `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>x</StackName><Outputs>
        <member><OutputKey>TableName</OutputKey><OutputValue>${table}</OutputValue></member>
        <member><OutputKey>Queue0</OutputKey><OutputValue>${JSON.stringify({ name: 'main', ...queues['main'] })}</OutputValue></member>
        </Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
        'text/xml',
      ),
    );
    const name = queues['main']?.url.split('/').at(-1);
    const ours = 'service=task-queue queue=main';
    const cloudwatch = await cloudwatchWith({
      [`TaskQueue Completed ${ours}`]: [100, undefined, 50],
      [`TaskQueue Failed ${ours}`]: [undefined, undefined, 10],
      [`TaskQueue EmptyReceives ${ours}`]: [1, 3, undefined],
      [`TaskQueue RequestsPerTask ${ours}`]: [0.25, undefined, 0.5],
      [`AWS/SQS NumberOfMessagesSent QueueName=${name}`]: [160],
      [`AWS/DynamoDB ConsumedWriteCapacityUnits TableName=${table}`]: [480],
      [`AWS/DynamoDB ConsumedWriteCapacityUnits TableName=${table} GlobalSecondaryIndexName=byOwner`]:
        [160],
      [`AWS/DynamoDB ConsumedReadCapacityUnits TableName=${table}`]: [20],
    });
    const run = (args: readonly string[], url = cloudwatch.url) =>
      cli.run(['cost', '--stack', 'TaskQueue', ...args], {
        env: {
          TASK_QUEUE_RESOURCES: undefined,
          AWS_ENDPOINT_URL_CLOUDFORMATION: cloudformation,
          AWS_ENDPOINT_URL_CLOUDWATCH: url,
        },
      });
    return { run, cloudwatch };
  }

  test('adds up what the workers, SQS and DynamoDB have counted, on all pages', async () => {
    const { run, cloudwatch } = await aStack();

    const { code, output, errors } = await run(['--hours', '10', '--json']);

    expect(errors).toBe('');
    expect(code).toBe(0);
    const result = JSON.parse(output) as { cost: Record<string, number> };
    expect(result).toMatchObject({
      deployment: 'stack TaskQueue',
      hours: 10,
      // 100 × 0.25 + 60 × 0.5, and three polls in the minute in between.
      queues: [{ queue: 'main', tasks: 160, sends: 160, workerRequests: 55, idlePolls: 3 }],
      writeUnits: 640,
      readUnits: 20,
    });
    const total = (218 * 0.4 + 640 * 0.625 + 20 * 0.125) / 1e6;
    expect(result.cost['total']).toBeCloseTo(total, 12);
    expect(result.cost['perMonth']).toBeCloseTo(total * 73, 12);
    const { StartTime, EndTime } = JSON.parse(cloudwatch.seen[0]?.body ?? '') as Record<
      string,
      number
    >;
    expect((EndTime ?? 0) - (StartTime ?? 0)).toBe(36_000);
  });

  test('shows it as tables', async () => {
    const { run } = await aStack();

    const { code, output } = await run([]);

    expect(code).toBe(0);
    expect(output).toMatch(/^main +160 +160 +55 +3 +1\.34$/m);
    expect(output).toMatch(/^write units +640 +4\.00 +0\.0004 +2\.50$/m);
  });

  test('says which permission is missing, and what to do', async () => {
    const { run } = await aStack();
    const message = 'User: dev is not authorized to perform: cloudwatch:GetMetricData';
    const { url } = await serverThat(
      answer(403, { __type: 'com.amazon.coral.service#AccessDeniedException', message }),
    );

    const { code, errors } = await run([], url);

    expect(code).toBe(1);
    expect(errors).toContain(message);
    expect(errors).toContain('Allow the action for these credentials');
  });

  test('refuses options of counting here', async () => {
    const { run } = await aStack();

    const { code, errors } = await run(['--tasks', '10', '--owner']);

    expect(code).toBe(2);
    expect(errors).toBe('--tasks, --owner: these options do not apply with --stack.\n');
  });
});
