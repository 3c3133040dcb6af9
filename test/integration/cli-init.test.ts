import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { expect, test, vi } from 'vitest';
import { type LocalDeployment, writeLocalDeployment } from '../../functions/local-deployment.ts';
import { dynamodbClient, sqsClient } from '../support/aws.ts';
import { aCli, runCli } from '../support/cli.ts';
import { ownServers } from '../support/own-servers.ts';

// Each starts processes, on a machine that others use too.
vi.setConfig({ testTimeout: 60_000 });

const NO_SERVERS = {
  AWS_ENDPOINT_URL_SQS: undefined,
  AWS_ENDPOINT_URL_DYNAMODB: undefined,
  AWS_ENDPOINT_URL_S3: undefined,
};
const sqsQueue = (name: string, receive = 10) => ({
  name,
  weight: 1,
  broker: { type: 'sqs', receive },
});

test('init writes a configuration and creates all of it on servers of one’s own; again, it changes nothing', async () => {
  const { run, configPath, resources, directory, env } = await ownServers();

  const first = await run('init');
  const written = await readFile(configPath, 'utf8');
  const second = await run('init');

  expect(first).toMatchObject({
    code: 0,
    output: expect.stringContaining('created queue "priority"'),
  });
  const { queues, table, bucket } = await resources();
  expect(Object.keys(queues)).toEqual(['priority', 'standard', 'background']);
  const sqs = sqsClient(undefined, env.AWS_REGION);
  for (const QueueName of ['priority', 'priority-dead']) {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    expect(Object.values(queues['priority'])).toContain(QueueUrl);
  }
  const { Table } = await dynamodbClient().send(new DescribeTableCommand({ TableName: table }));
  expect(Table?.GlobalSecondaryIndexes).toHaveLength(3);
  expect(bucket.name).toBe('task-files');
  expect(second).toMatchObject({ code: 0, output: expect.stringContaining('no change') });
  expect(second.output).not.toContain('created');
  expect(await readFile(configPath, 'utf8')).toBe(written);
  expect((await readdir(directory)).sort()).toEqual(['.task-queue', 'task-queue.config.json']);
});

test('what init created is found by the other commands, and by check in order', async () => {
  const { run } = await ownServers();
  await run('init');

  const { code, output } = await run('check', '--json');
  const queues = await run('queues', '--json');

  expect({ code, ...JSON.parse(output) }).toMatchObject({
    code: 0,
    ok: true,
    // The table of these servers has no stream: it has no consumer either.
    findings: [{ severity: 'warning', subject: 'table "task-log"' }],
  });
  expect(JSON.parse(queues.output).queues).toHaveLength(3);
});

test('without servers and without a stack, init says how to get there, and creates nothing on AWS', async () => {
  const aws = 'https://sqs.eu-west-1.amazonaws.com';
  const { run, readConfig, directory } = await ownServers({
    ...NO_SERVERS,
    AWS_ENDPOINT_URL_SQS: aws,
    AWS_ENDPOINT_URL_DYNAMODB: 'https://dynamodb.eu-west-1.amazonaws.com',
  });

  const { code, errors } = await run('init');

  expect(code).toBe(1);
  expect(errors).toContain('npx cdk deploy');
  expect(errors).toContain('npm start');
  expect(await readConfig()).toMatchObject({ defaultQueue: 'background' });
  expect(await readdir(directory)).toEqual(['task-queue.config.json']);
});

test('--broker changes every queue, or the one that --queue names, and keeps `receive` unless it is given', async () => {
  const { run, configPath, readConfig } = await ownServers();
  await writeFile(configPath, JSON.stringify({ queues: [sqsQueue('first'), sqsQueue('second')] }));

  const one = await run('init', '--broker=sqs', '--queue=first', '--receive=5', '--json');
  const afterOne = await readConfig();
  const all = await run('init', '--broker=sqs');

  expect(JSON.parse(one.output).changes).toEqual([
    { setting: 'queues.first.broker.receive', from: 10, to: 5 },
  ]);
  expect(afterOne.queues).toEqual([sqsQueue('first', 5), sqsQueue('second', 10)]);
  expect(all.output).not.toContain('broker.receive');
  expect((await readConfig()).queues).toEqual(afterOne.queues);
});

test('--broker=memory has tasks run where they are enqueued; --strategy takes the original’s names too', async () => {
  const { run, configPath, readConfig } = await ownServers();
  await writeFile(configPath, JSON.stringify({ queues: [sqsQueue('quiet')] }));

  const { code } = await run(
    ...['init', '--broker=memory'],
    '--strategy=\\oat\\taoTaskQueue\\model\\TaskSelector\\StrictPriorityStrategy',
  );

  expect(code).toBe(0);
  expect(await readConfig()).toMatchObject({
    queues: [{ name: 'quiet', broker: { type: 'memory' } }],
    strategy: 'strict-priority',
  });
});

test('--strategy takes a strategy of the project, and names all when there is no such one', async () => {
  const { run, readConfig } = await ownServers();

  const { code } = await run('init', '--strategy=lightest-first');
  const wrong = await run('init', '--strategy=lightest-fist');
  const { output } = await run('config');

  expect(code).toBe(0);
  expect(await readConfig()).toMatchObject({ strategy: 'lightest-first' });
  expect(JSON.parse(output)).toMatchObject({ strategy: 'lightest-first' });
  expect(wrong).toMatchObject({ code: 2 });
  expect(wrong.errors).toContain('strict-priority, lightest-first, throwing, nonsense.');
  expect(wrong.errors).toContain('Did you mean "lightest-first"?');
});

test('an unknown broker, queue or strategy ends with 2 and what there is', async () => {
  const { run } = await ownServers();

  const broker = await run('init', '--broker=redis', '--strategy=weihgted');
  const queue = await run('init', '--broker=sqs', '--queue=priorty');

  expect(broker).toMatchObject({ code: 2 });
  expect(broker.errors).toContain('Broker "redis" is not a valid broker option. Valid options: ');
  expect(broker.errors).toContain('sqs, postgres, memory');
  expect(broker.errors).toContain('Did you mean "weighted"?');
  expect(queue).toMatchObject({ code: 2 });
  expect(queue.errors).toContain('There is no queue "priorty". Did you mean "priority"?');
});

test('nothing is written when the result would be invalid, and everything that is wrong is named', async () => {
  const { run, configPath } = await ownServers();
  await writeFile(configPath, JSON.stringify({ queues: [sqsQueue('first'), sqsQueue('second')] }));
  const before = await readFile(configPath, 'utf8');

  const { code, errors } = await run('init', '--broker=sqs', '--receive=11');

  expect(code).toBe(1);
  expect(errors).toContain('queues[0].broker.receive');
  expect(errors).toContain('queues[1].broker.receive');
  expect(await readFile(configPath, 'utf8')).toBe(before);
});

test('--live changes what workers go by, and leaves the configuration alone', async () => {
  const { run, wiring, configPath } = await aCli({ queues: [sqsQueue('main'), sqsQueue('other')] });
  const before = await readFile(configPath, 'utf8');

  const { code, output } = await run([
    ...['init', '--live', '--receive=3', '--queue=main', '--strategy=strict-priority'],
  ]);

  expect(code).toBe(0);
  expect(output).toMatch(/queues\.main\.receive\s+10\s+3\n/);
  expect((await wiring.control.read()).overrides).toEqual({
    strategy: 'strict-priority',
    queues: { main: { receive: 3 } },
  });
  expect(await readFile(configPath, 'utf8')).toBe(before);
});

test('with addresses that somebody else gave, init looks and creates nothing', async () => {
  const { run, resources, configPath, config } = await aCli();
  const good = await run(['init']);
  await writeFile(
    configPath,
    JSON.stringify({ ...config, queues: [...config.queues, sqsQueue('new')] }),
  );
  const gone = { ...resources, table: 'not-there' };

  const bad = await run(['init'], { env: { TASK_QUEUE_RESOURCES: JSON.stringify(gone) } });

  expect(good).toMatchObject({ code: 0 });
  expect(bad).toMatchObject({ code: 1 });
  expect(bad.output).toContain('`npx cdk deploy` will add: queue "new"');
  expect(bad.output).toContain('table "not-there": it does not exist');
});

test('where it cannot be seen whether tasks wait, brokers stay as they are', async () => {
  const { run, configPath, directory } = await ownServers(NO_SERVERS);
  await writeFile(configPath, JSON.stringify({ queues: [sqsQueue('first')] }));

  const { code, errors } = await run('init', '--broker=memory');

  expect(code).toBe(1);
  expect(errors).toContain('Cannot check whether tasks wait in "first"');
  expect(await readFile(join(directory, 'task-queue.config.json'), 'utf8')).toContain('"sqs"');
});

test('--aws-profile is whose credentials create things, and it is noted for the other commands', async () => {
  const { directory, ...servers } = await ownServers();
  const credentials = join(directory, 'credentials');
  await writeFile(credentials, '[queues]\naws_access_key_id = a\naws_secret_access_key = b\n');
  const env = {
    ...servers.env,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
  };

  const { code } = await runCli(['init', '--broker=sqs', '--aws-profile=queues'], {
    env,
    directory,
  });
  const queues = await runCli(['queues'], { env, directory });

  expect(code).toBe(0);
  expect((await servers.noted()).env).toMatchObject({ AWS_PROFILE: 'queues' });
  expect(queues).toMatchObject({ code: 0 });
});

test('a queue that is added while a stack runs here is created on it, and noted beside what was', async () => {
  const { run, noted, directory, configPath, config, resources, env } = await running();
  await writeFile(
    configPath,
    JSON.stringify({ ...config, queues: [...config.queues, sqsQueue('later')] }),
  );

  const { code, output } = await run(['init'], {
    directory,
    env: { TASK_QUEUE_RESOURCES: undefined },
  });

  expect(code).toBe(0);
  expect(output).toContain('created queue "later"');
  const { pid, apiUrl, ...after } = await noted();
  expect({ pid, apiUrl }).toEqual({ pid: process.pid, apiUrl: 'http://127.0.0.1:4280' });
  const { queues } = JSON.parse(after.env['TASK_QUEUE_RESOURCES'] ?? '');
  expect(Object.keys(queues).sort()).toEqual([...Object.keys(resources.queues), 'later'].sort());
  expect(env['AWS_ENDPOINT_URL_SQS']).toBe(after.env['AWS_ENDPOINT_URL_SQS']);
});

/** A directory in which this process has noted that it keeps a stack running. */
async function running() {
  const cli = await aCli();
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-running-'));
  const names = ['AWS_ENDPOINT_URL_SQS', 'AWS_ENDPOINT_URL_DYNAMODB', 'TASK_QUEUE_RESOURCES'];
  const env = Object.fromEntries(names.map((name) => [name, cli.env[name] ?? '']));
  const apiUrl = 'http://127.0.0.1:4280';
  writeLocalDeployment({ pid: process.pid, apiUrl, configPath: cli.configPath, env }, directory);
  const noted = async (): Promise<LocalDeployment> =>
    JSON.parse(await readFile(join(directory, '.task-queue', 'local.json'), 'utf8'));
  return { ...cli, directory, noted };
}
