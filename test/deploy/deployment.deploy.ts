import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../support/cli.ts';
import { apiUrlOf, fetchFrom } from './call-aws.ts';
import { createCaller } from './callers.ts';
import { bootstrap, deploy } from './cdk.ts';
import { createCheckout, editConfig } from './checkout.ts';
import { healthCheckOf, type PhysicalIds, physicalIdsOf, resourcesOf } from './deployed.ts';
import type { Emulator } from './emulator.ts';
import { journey } from './journey.ts';
import { startStreamSource } from './stream-source.ts';
import { startWorkerTask, type WorkerTask } from './worker-task.ts';

const { emulator, directory } = JSON.parse(process.env['DEPLOY_TEST'] ?? '{}') as {
  readonly emulator: Emulator;
  readonly directory: string;
};
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
afterAll(async () => {
  await worker?.stop();
});

/** The physical id of the one resource whose logical id begins so. */
const idOf = (ids: PhysicalIds, beginning: string): string =>
  Object.entries(ids).find(([id]) => id.startsWith(beginning))?.[1] ?? '';
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
    expect(task.report).toMatchObject({ type: 'success', data: { rows: 500 } });
    log.step(worker.id, `ran it from ${task.startedAt} to ${task.finishedAt}`);
    log.step(
      lambda('Query'),
      `GET /tasks/${id}?wait=20: ${task.status}, "${task.report?.message}"`,
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
