import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ScaleInProtection } from '../../functions/worker/ecs/attend-to-ecs.ts';
import { encodeTask } from '../../shared/task/message.ts';
import { aConfig } from '../support/a-config.ts';
import { aTask } from '../support/a-task.ts';
import { answer, serverThat } from '../support/answering-server.ts';
import { ownResources, sqsClient } from '../support/aws.ts';
import { ecsWith } from '../support/ecs-server.ts';
import { startGate } from '../support/gate.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { processEnvironment, workerProcesses } from '../support/worker-process.ts';

/** Minutes after the test began, for what asks which time it is. */
let minutes = 0;
const startedAt = Date.now();
beforeEach(() => {
  minutes = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => startedAt + minutes * 60_000);
});
afterEach(() => void vi.restoreAllMocks());

/** An agent of ECS, and the protection that asks it. */
async function setup() {
  const agent = await serverThat(answer(200, {}));
  const logger = quietLogger();
  const protection = new ScaleInProtection(`${agent.url}/api/id`, logger);
  const requests = () =>
    agent.seen.map(({ request, body }) => [request.method, request.url, JSON.parse(body)]);
  return { protection, logger, requests };
}

const PATH = '/api/id/task-protection/v1/state';
const ON = ['PUT', PATH, { ProtectionEnabled: true, ExpiresInMinutes: 15 }];
const OFF = ['PUT', PATH, { ProtectionEnabled: false }];

describe('scale-in protection', () => {
  test('is on while tasks run and off when none did for a while, with one request per change', async () => {
    const { protection, requests } = await setup();

    for (const isBusy of [false, true, true, true, false]) await protection.update(isBusy, true);
    minutes = 0.2;
    for (const isBusy of [false, false]) await protection.update(isBusy, true);

    expect(requests()).toEqual([ON, OFF]);
  });

  test('stays on between two tasks that follow each other closely', async () => {
    const { protection, requests } = await setup();

    for (let second = 0; second < 60; second++) {
      minutes = second / 60;
      await protection.update(second % 5 === 0, true);
    }

    expect(requests()).toEqual([ON]);
  });

  test('is renewed long before it runs out, as long as tasks run', async () => {
    const { protection, requests } = await setup();

    for (minutes = 0; minutes < 60; minutes++) await protection.update(true, true);

    expect(requests()).toEqual(Array(10).fill(ON));
  });

  test('has a minute without in a quarter of an hour where nobody else lets ECS have its way', async () => {
    const { protection, requests } = await setup();

    for (minutes = 0; minutes < 16; minutes++) await protection.update(true, false);
    const whileItIsOut = requests().length;
    minutes = 16.5;
    await protection.update(true, false);

    expect(whileItIsOut).toBe(1);
    expect(requests()).toEqual([ON, ON]);
  });

  test.each([
    ['an error', answer(500, 'no')],
    [
      'a refusal, which has the status 200',
      answer(200, { failure: { Reason: 'DEPLOYMENT_BLOCKED' } }),
    ],
  ])('is asked for again half a minute after %s, which is logged', async (_what, refused) => {
    const agent = await serverThat(refused, answer(200, {}));
    const logger = quietLogger();
    const protection = new ScaleInProtection(`${agent.url}/api/id`, logger);

    await protection.update(true, true);
    await protection.update(true, true);
    const atOnce = agent.seen.length;
    minutes = 0.6;
    await protection.update(true, true);
    await protection.update(true, true);

    expect([atOnce, agent.seen.length]).toEqual([1, 2]);
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
  });

  test('does nothing where there is no ECS', async () => {
    const logger = quietLogger();

    await new ScaleInProtection(undefined, logger).update(true, true);

    expect(logger.lines).toEqual([]);
  });
});

describe('a worker process', () => {
  const setupProcess = async () => {
    vi.restoreAllMocks();
    const ecs = await ecsWith('b', 'now');
    const config = aConfig({ worker: { pollWaitSeconds: 1 } });
    const resources = await ownResources(config);
    const file = join(await mkdtemp(join(tmpdir(), 'task-queue-beat-')), 'heartbeat');
    const env = {
      ...(await processEnvironment(config, resources)),
      ECS_AGENT_URI: ecs.env.ECS_AGENT_URI,
      HEARTBEAT_FILE: file,
    };
    const workers = workerProcesses();
    onTestFinished(() => workers.stopAll());
    return { ecs, env, file, workers, queueUrl: resources.queues['main']?.url };
  };

  test('beats into its file as long as it lives', async () => {
    const { env, file, workers } = await setupProcess();
    const worker = await workers.start(env);

    const first = await readFile(file, 'utf8');
    await vi.waitFor(async () => expect(await readFile(file, 'utf8')).not.toBe(first), {
      timeout: 6000,
    });
    process.kill(worker.pid, 'SIGTERM');

    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(Date.now() - (await stat(file)).mtimeMs).toBeLessThan(60_000);
  });

  test('is protected before its task has reached anybody, and not any more when it ends', async () => {
    const { ecs, env, queueUrl, workers } = await setupProcess();
    const gate = await startGate();
    onTestFinished(() => gate.close());
    const worker = await workers.start({ ...env, WEBHOOK_URL: gate.url });

    const task = aTask({ name: 'deliver-webhook', parameters: { event: 'test' } });
    const message = { QueueUrl: queueUrl, MessageBody: encodeTask(task) };
    await sqsClient().send(new SendMessageCommand(message));
    await vi.waitFor(() => expect(gate.waiting).toHaveLength(1), { timeout: 15_000 });
    const whileItRuns = ecs.wishes();
    gate.open();
    process.kill(worker.pid, 'SIGTERM');

    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(whileItRuns).toEqual([true]);
    expect(ecs.wishes()).toEqual([true, false]);
  });
});
