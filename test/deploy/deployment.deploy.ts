import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../support/cli.ts';
import { apiUrlOf, fetchFrom } from './call-aws.ts';
import { createCaller } from './callers.ts';
import { bootstrap, deploy } from './cdk.ts';
import { createCheckout, editConfig } from './checkout.ts';
import { healthCheckOf, type PhysicalIds, physicalIdsOf, resourcesOf } from './deployed.ts';
import type { Emulator } from './emulator.ts';
import { functionLogs } from './function-logs.ts';
import { journey } from './journey.ts';
import { startStreamSource } from './stream-source.ts';
import { startWorkerTask, type WorkerTask } from './worker-task.ts';

const { emulator, directory } = JSON.parse(process.env['DEPLOY_TEST'] ?? '{}') as {
  readonly emulator: Emulator;
  readonly directory: string;
};
const run = promisify(execFile);
const checkout = join(directory, 'checkout');
const STATEFUL = ['AWS::SQS::Queue', 'AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket'];
const WAIT = { wait: 20 };

let deployed: Awaited<ReturnType<typeof deploy>>;
let apiUrl: string;
let alice: Awaited<ReturnType<typeof createCaller>>;
let bob: typeof alice;
let worker: WorkerTask | undefined;

beforeAll(async () => {
  const log = journey('From an empty account to a deployment');
  await bootstrap(emulator, join(directory, 'bootstrap'));
  log.step('CDKToolkit', 'cdk bootstrap');
  createCheckout(checkout);
  deployed = await deploy(emulator, checkout);
  for (const change of deployed.emulated) log.step('emulated', change ?? '');
  for (const stack of ['Data', 'Api', 'Worker']) {
    const count = Object.keys(await physicalIdsOf(`TaskQueue-${stack}`)).length;
    log.step(`TaskQueue-${stack}`, `cdk deploy: ${count} resources`);
  }
  apiUrl = apiUrlOf(emulator, deployed.outputs['TaskQueue-Api']?.['ApiUrl'] ?? '');
  log.step('ApiUrl', deployed.outputs['TaskQueue-Api']?.['ApiUrl'] ?? '');
  alice = await createCaller(emulator, deployed.outputs, 'Alice');
  bob = await createCaller(emulator, deployed.outputs, 'Bob');
});
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  const workerLog = worker?.lines.slice(-20).join('\n') ?? 'none yet';
  const functions = await functionLogs(emulator);
  process.stdout.write(
    `\nLog of the worker\n${workerLog}\n\nLogs of the functions\n${functions}\n`,
  );
});
afterAll(async () => {
  await worker?.stop();
});

/** The physical id of the one resource whose logical id begins so. */
const idOf = (ids: PhysicalIds, beginning: string): string =>
  Object.entries(ids).find(([id]) => id.startsWith(beginning))?.[1] ?? '';

type QueuesInCli = {
  readonly queues: readonly { readonly name: string; readonly weight: number }[];
};

/** What a command of `task-queue` prints for machines. */
async function cli<Result>(...args: readonly string[]): Promise<Result> {
  const { code, output, errors } = await runCli([...args, '--stack', 'TaskQueue', '--json'], {
    directory: checkout,
  });
  if (code !== 0) throw new Error(`task-queue ${args.join(' ')} ended with ${code}: ${errors}`);
  return JSON.parse(output) as Result;
}

const nameIn = (address = ''): string => address.split('/').at(-1) ?? '';

describe('who may call', () => {
  test('a request without a signature is refused', async () => {
    const answer = await fetchFrom(emulator)(`${apiUrl}/tasks`);

    expect(answer.status).toBe(403);
  });

  test('a user of the account without the permission is refused', async () => {
    const { client } = await createCaller(emulator, deployed.outputs, 'Mallory');

    await expect(client.stats()).rejects.toMatchObject({ status: 403 });
  });
});

describe('the journey of one task', () => {
  test('goes from a signed request to its report, through every resource of the deployment', async () => {
    const log = journey('The journey of one task');
    const { client } = alice;
    const functions = await physicalIdsOf('TaskQueue-Api', ['AWS::Lambda::Function']);
    const lambda = (id: string): string => idOf(functions, id);
    log.step(apiUrl, `POST /tasks, signed by ${alice.arn}`);
    const { id, queue } = await client.enqueue('export-results', {
      deliveryId: 'vip-1',
      rows: 500,
    });
    log.step(lambda('Enqueue'), `accepted task ${id} for the queue "${queue}"`);

    const queues = await client.queues();
    const waiting = queues.find(({ name }) => name === queue)?.depth.waiting;
    expect(waiting).toBe(1);
    expect(await client.status(id)).toMatchObject({ status: 'enqueued' });

    worker = await startWorkerTask(emulator, checkout);
    const { table, queues: addresses, bucket } = resourcesOf(worker.definition);
    log.step(nameIn(addresses[queue]?.url), `has ${waiting} message`);
    log.step(table, 'has the record of the task: enqueued');
    log.step(nameIn(worker.definition.taskDefinitionArn), `runs, as ${worker.user}`);

    const task = await client.task(id, WAIT);
    expect(task).toMatchObject({ status: 'completed', owner: alice.arn, attempt: 1 });
    expect(task.report?.children).toMatchObject([{ type: 'success', data: { rows: 500 } }]);
    log.step(worker.id, `ran it from ${task.startedAt} to ${task.finishedAt}`);
    log.step(
      lambda('Query'),
      `GET /tasks/${id}?wait=20: ${task.status}, "${task.report?.children[0]?.message}"`,
    );

    const file = await client.file(id);
    const content = await (await fetch(file.url)).text();
    expect(content.split('\n')).toHaveLength(502);
    log.step(
      bucket?.name ?? '',
      `has its file ${file.name}, ${content.length} bytes by a signed URL`,
    );
  });
});

describe('a deployed worker', () => {
  test('has the permissions that its tasks and its parameters in the bucket take', async () => {
    const values = Array.from({ length: 20_000 }, (_, index) => index + 0.123456789012);
    const { id } = await alice.client.enqueue('compute-statistics', { values });

    const { status, report } = await alice.client.task(id, WAIT);

    expect(status).toBe('completed');
    expect(report?.children).toMatchObject([{ data: { count: 20_000 } }]);
    expect(worker?.lines.filter((line) => /"level":"(WARN|ERROR)"/.test(line))).toEqual([]);
  });

  test('passes the health check of its task definition', async () => {
    const [command = '', ...args] = healthCheckOf(checkout);

    await expect(run(command, args)).resolves.toBeDefined();
  });

  test('asks the agent to be kept while it works', async () => {
    await vi.waitFor(() => expect(worker?.protections.slice(0, 2)).toEqual([true, false]), 10_000);
  });

  test('puts a task that fails for good aside, and says so', async () => {
    const { id } = await alice.client.enqueue('deliver-webhook', { event: 'results.exported' });

    const { status, report } = await alice.client.task(id, WAIT);

    expect(status).toBe('failed');
    expect(JSON.stringify(report)).toContain('WEBHOOK_URL is not set');
    const { queues } = await cli<QueuesInCli>('queues');
    expect(queues.find(({ name }) => name === 'background')).toMatchObject({ deadLetters: 1 });
  });
});

test('a caller sees its own tasks only', async () => {
  const { id } = await bob.client.enqueue('compute-statistics', { values: [1, 2, 3] });
  await bob.client.task(id, WAIT);

  await expect(alice.client.task(id)).rejects.toMatchObject({ status: 404 });
  expect((await bob.client.page()).tasks).toMatchObject([{ id, owner: bob.arn }]);
  const ownersOfAlices = (await alice.client.page()).tasks.map(({ owner }) => owner);
  expect(new Set(ownersOfAlices)).toEqual(new Set([alice.arn]));
});

test('the deployed consumer of the stream counts the tasks of each caller', async () => {
  const functions = await physicalIdsOf('TaskQueue-Api', ['AWS::Lambda::Function']);
  const table = deployed.outputs['TaskQueue-Data']?.['TableName'] ?? '';
  const source = await startStreamSource(emulator, table, idOf(functions, 'TableStreamConsumer'));

  await vi.waitFor(async () => {
    expect((await alice.client.stats()).byStatus).toEqual({ completed: 2, failed: 1 });
  }, 20_000);

  expect((await bob.client.stats()).byStatus).toEqual({ completed: 1 });
  await source.stop();
  expect(source.problems).toEqual([]);
});

test('the command line finds the deployment by the name of its stack', async () => {
  const { queues } = await cli<QueuesInCli>('queues');
  const { code, output } = await runCli(['config', '--stack', 'TaskQueue'], {
    directory: checkout,
  });

  expect(queues.map(({ name, weight }) => [name, weight])).toEqual([
    ['priority', 90],
    ['standard', 30],
    ['background', 10],
  ]);
  expect(code).toBe(0);
  expect(output).toContain('weighted');
});

test('another configuration is deployed without replacing a queue, a table or a bucket, or losing a task', async () => {
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
  await deploy(emulator, checkout);
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
