import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { findDeployedStack } from '../../functions/wiring/deployed-stack.ts';
import { tableOf } from '../../shared/deployment/resources.ts';
import { RESOURCES_VARIABLE } from '../../shared/deployment/stack-outputs.ts';
import { runCli } from '../support/cli.ts';
import { aDeployment } from './a-deployment.ts';
import { fetchFrom } from './call-aws.ts';
import { createCaller } from './callers.ts';
import { deploy, destroy } from './cdk.ts';
import { editConfig } from './checkout.ts';
import { healthCheckOf, physicalIdsOf } from './deployed.ts';
import type { Emulator } from './emulator.ts';
import { functionLogs } from './function-logs.ts';
import { journey } from './journey.ts';
import { startWorkerTask, type WorkerTask } from './worker-task.ts';

const { emulator, directory } = JSON.parse(process.env['DEPLOY_TEST'] ?? '{}') as {
  readonly emulator: Emulator;
  readonly directory: string;
};
const run = promisify(execFile);
const STATEFUL = ['AWS::SQS::Queue', 'AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket'];
const WAIT = { wait: 20 };
const ONE_COMPLETED = { byStatus: { completed: 1 }, byQueue: { priority: { completed: 1 } } };

let deployment: Awaited<ReturnType<typeof aDeployment>>;
let redeployed: Awaited<ReturnType<typeof deploy>>;
let worker: WorkerTask | undefined;

beforeAll(async () => {
  deployment = await aDeployment(emulator, directory);
});
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  const workerLog = worker?.lines.slice(-20).join('\n') ?? 'none yet';
  const logs = `Log of the worker\n${workerLog}\n\nLogs of the functions\n`;
  process.stdout.write(`\n${logs}${await functionLogs(emulator)}\n`);
});
afterAll(async () => {
  await worker?.stop();
  await deployment?.source.stop();
});

type QueuesInCli = {
  readonly queues: readonly { readonly name: string; readonly weight: number }[];
};

const nameIn = (address = ''): string => address.split('/').at(-1) ?? '';

describe('who may call', () => {
  test('a request without a signature is refused', async () => {
    const answer = await fetchFrom(emulator)(`${deployment.apiUrl}/tasks`);

    expect(answer.status).toBe(403);
  });

  test('a user of the account without the permission is refused', async () => {
    const { client } = await createCaller(emulator, deployment.outputs, 'Mallory');

    await expect(client.stats()).rejects.toMatchObject({ status: 403 });
  });
});

describe('the journey of one task', () => {
  test('goes from a signed request to its report, through every resource of the deployment', async () => {
    const log = journey('The journey of one task');
    const { alice, apiUrl, checkout, functionName, resources } = deployment;
    const { client, arn } = alice;
    log.step(apiUrl, `POST /tasks, signed by ${arn}`);
    const request = { deliveryId: 'vip-1', rows: 500 };
    const { id, queue } = await client.enqueue('export-results', request);
    log.step(functionName('Enqueue'), `accepts task ${id} for the queue "${queue}"`);
    const depth = (await client.queues()).find(({ name }) => name === queue)?.depth;
    expect(depth).toMatchObject({ waiting: 1 });
    log.step(nameIn(resources.queues[queue]?.url), `has ${depth?.waiting} message`);
    const { status } = await client.status(id);
    expect(status).toBe('enqueued');
    log.step(tableOf(resources), `has its record: ${status}`);

    worker = await startWorkerTask(emulator, checkout);
    log.step(nameIn(worker.definition.taskDefinitionArn), `runs, as ${worker.user}`);
    const task = await client.task(id, WAIT);
    expect(task).toMatchObject({ status: 'completed', owner: arn, attempt: 1 });
    log.step(worker.id, `ran the task from ${task.startedAt} to ${task.finishedAt}`);
    const [report] = task.report?.children ?? [];
    expect(report).toMatchObject({ type: 'success', data: { rows: 500 } });
    log.step(functionName('Query'), `GET /tasks/${id}?wait=20: ${task.status}`);
    log.step(tableOf(resources), `has its report: ${report?.message}`);

    const file = await client.file(id);
    const content = await (await fetch(file.url)).text();
    expect(content.split('\n')).toHaveLength(502);
    log.step(resources.bucket?.name ?? '', `has its file: ${file.name}, ${file.bytes} bytes`);
    await vi.waitFor(async () => expect(await client.stats()).toMatchObject(ONE_COMPLETED), 20_000);
    log.step(functionName('TableStreamConsumer'), 'counted it: GET /stats');
  });
});

describe('a deployed worker', () => {
  test('has the permissions that its tasks and its parameters in the bucket take', async () => {
    const { client } = deployment.alice;
    const values = Array.from({ length: 20_000 }, (_, index) => index + 0.123456789012);
    const { id } = await client.enqueue('compute-statistics', { values });

    const { status, report } = await client.task(id, WAIT);

    expect(status).toBe('completed');
    expect(report?.children).toMatchObject([{ data: { count: 20_000 } }]);
    expect(worker?.lines.filter((line) => /"level":"(WARN|ERROR)"/.test(line))).toEqual([]);
  });

  test('passes the health check of its task definition', async () => {
    const [command = '', ...args] = healthCheckOf(deployment.checkout);

    await expect(run(command, args)).resolves.toBeDefined();
  });

  test('puts a task aside that has failed at all its attempts', async () => {
    const { client } = deployment.alice;
    const { id } = await client.enqueue('deliver-webhook', { event: 'results.exported' });

    const { status, attempt } = await client.task(id, WAIT);

    expect({ status, attempt }).toEqual({ status: 'failed', attempt: 4 });
    const { queues } = await deployment.cli<QueuesInCli>('queues');
    expect(queues.find(({ name }) => name === 'background')).toMatchObject({ deadLetters: 1 });
  });
});

test('a caller sees its own tasks only', async () => {
  const { alice, bob } = deployment;
  const { id } = await bob.client.enqueue('compute-statistics', { values: [1, 2, 3] });
  await bob.client.task(id, WAIT);

  await expect(alice.client.task(id)).rejects.toMatchObject({ status: 404 });
  expect((await bob.client.page()).tasks).toMatchObject([{ id, owner: bob.arn }]);
  const ownersOfAlices = (await alice.client.page()).tasks.map(({ owner }) => owner);
  expect(new Set(ownersOfAlices)).toEqual(new Set([alice.arn]));
});

test('the deployed consumer of the stream counts the tasks of each caller', async () => {
  const { alice, bob, source } = deployment;

  await vi.waitFor(async () => {
    expect((await alice.client.stats()).byStatus).toEqual({ completed: 2, failed: 1 });
    expect((await bob.client.stats()).byStatus).toEqual({ completed: 1 });
  }, 20_000);

  expect(source.problems).toEqual([]);
});

test('the command line finds the deployment by the name of its stack', async () => {
  const { queues } = await deployment.cli<QueuesInCli>('queues');
  const config = await deployment.cli<{ strategy: object }>('config');

  expect(queues.map(({ name, weight }) => [name, weight])).toEqual([
    ['priority', 90],
    ['standard', 30],
    ['background', 10],
  ]);
  expect(JSON.stringify(config)).toContain('weighted');
});

test('another configuration is deployed without replacing a queue, a table or a bucket, or losing a task', async () => {
  const { alice, checkout } = deployment;
  const log = journey('Another deployment: other weights, and one queue more');
  const before = await physicalIdsOf('TaskQueue-Data', STATEFUL);
  await worker?.stop();
  log.step(worker?.id ?? '', 'stopped by SIGTERM');
  expect(await worker?.process.exited).toEqual({ code: 0, signal: null });
  const { id } = await alice.client.enqueue('compute-statistics', { values: [4, 2] });
  log.step('API', `accepted task ${id}`);

  editConfig(checkout, (config) => ({
    ...config,
    queues: [
      ...config.queues.map((queue) => ({ ...queue, weight: 20 })),
      { name: 'nightly', weight: 5, broker: { type: 'sqs' } },
    ],
    taskQueues: { ...config.taskQueues, 'import-results': 'nightly' },
  }));
  redeployed = await deploy(emulator, checkout);
  log.step('TaskQueue-Data, -Api, -Worker', 'cdk deploy');
  const after = await physicalIdsOf('TaskQueue-Data', STATEFUL);
  const added = Object.keys(after).filter((logicalId) => !(logicalId in before));
  log.step(
    'TaskQueue-Data',
    `kept ${Object.keys(before).length} resources, new: ${added.join(', ')}`,
  );
  expect(after).toMatchObject(before);
  expect(added).toHaveLength(2);

  worker = await startWorkerTask(emulator, checkout);
  log.step(nameIn(worker.definition.taskDefinitionArn), 'runs');
  expect(await alice.client.task(id, WAIT)).toMatchObject({ status: 'completed' });
  log.step(worker.id, `ran task ${id}`);
  const next = await alice.client.enqueue('import-results', { csv: 'participant,score\nann,91\n' });
  expect(await alice.client.task(next.id, WAIT)).toMatchObject({
    status: 'completed',
    queue: 'nightly',
  });
  log.step(worker.id, `ran task ${next.id} of the new queue`);
  const weights = (await alice.client.queues()).map(({ weight }) => weight);
  expect(weights).toEqual([20, 20, 20, 5]);
});

test('a tear-down leaves the queues with their tasks, the table and the bucket', async () => {
  const { alice, checkout, source } = deployment;
  const log = journey('A tear-down');
  await Promise.all([worker?.stop(), source.stop()]);
  const { id } = await alice.client.enqueue('compute-statistics', { values: [4, 2] });
  await destroy(emulator, checkout);
  log.step('TaskQueue-Data, -Api, -Worker', 'cdk destroy');
  expect(await findDeployedStack('TaskQueue', process.env)).toBeUndefined();

  const env = { ...process.env, [RESOURCES_VARIABLE]: JSON.stringify(redeployed.resources) };
  const inCheckout = { directory: checkout, env };
  const s3 = new S3Client({ forcePathStyle: true });
  const Bucket = redeployed.resources.bucket?.name;
  const record = await runCli(['tasks', 'get', id, '--json'], inCheckout);
  const { queues } = JSON.parse(
    (await runCli(['queues', '--json'], inCheckout)).output,
  ) as QueuesInCli;

  await expect(s3.send(new HeadBucketCommand({ Bucket }))).resolves.toBeDefined();
  expect(JSON.parse(record.output)).toMatchObject({ id, status: 'enqueued' });
  expect(queues.find(({ name }) => name === 'standard')).toMatchObject({ depth: { waiting: 1 } });
  log.step(tableOf(redeployed.resources), `still has task ${id}, and its queue the message`);
});
