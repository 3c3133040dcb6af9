import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { EcsService } from '../../functions/worker/ecs-service.ts';
import { Retirement } from '../../functions/worker/retirement.ts';
import { ScaleInProtection } from '../../functions/worker/scale-in-protection.ts';
import { encodeTask } from '../../shared/task/message.ts';
import { aTask } from '../support/a-task.ts';
import { answer, serverThat } from '../support/answering-server.ts';
import { aConfig, ownResources, sqsClient } from '../support/aws.ts';
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
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

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

describe('a worker that its service has too many of', () => {
  /** A busy worker, `b`, of the deployment `now`. */
  const busyWorker = async () => {
    const ecs = await ecsWith('b', 'now');
    for (const [name, value] of Object.entries(ecs.env)) vi.stubEnv(name, value);
    const service = new EcsService(ecs.env.ECS_CONTAINER_METADATA_URI_V4);
    const worker = {
      busySlots: 1,
      slots: 10,
      limitSlots(slots: number) {
        worker.slots = slots;
      },
    };
    const logger = quietLogger();
    const isSurplus = () => service.isSurplus();
    return {
      ecs,
      worker,
      logger,
      retirement: new Retirement({ worker, slots: 10, isSurplus, logger }),
    };
  };

  test.each([
    ['the service wants as many as there are', 3, [['now', 'abc']], 10],
    ['it wants fewer, and others are to go', 2, [['now', 'abc']], 10],
    ['it wants fewer, and this one is to go', 1, [['now', 'abc']], 0],
    [
      'a deployment has begun, and none of the new ones runs',
      3,
      [
        ['next', ''],
        ['now', 'abc'],
      ],
      10,
    ],
    [
      'one of the new ones runs, instead of another',
      3,
      [
        ['next', 'd'],
        ['now', 'abc'],
      ],
      10,
    ],
    [
      'two of the new ones run, instead of it',
      3,
      [
        ['next', 'de'],
        ['now', 'abc'],
      ],
      0,
    ],
    [
      'all of the new ones run',
      3,
      [
        ['next', 'def'],
        ['now', 'abc'],
      ],
      0,
    ],
    [
      'the deployment was taken back',
      3,
      [
        ['now', 'abc'],
        ['next', 'def'],
      ],
      10,
    ],
    ['its deployment is over', 3, [['next', 'def']], 0],
  ] as const)('when %s', async (_when, desired, deployments, slots) => {
    const { ecs, worker, retirement } = await busyWorker();
    ecs.service.desired = desired;
    ecs.service.deployments = deployments.map(([id, tasks]) => ({ id, tasks: [...tasks] }));

    await retirement.look();

    expect(worker.slots).toBe(slots);
    expect(retirement.isReliable).toBe(true);
  });

  test('when the new version does not stay alive, goes on', async () => {
    const { ecs, worker, retirement } = await busyWorker();
    ecs.service.deployments = [
      { id: 'next', tasks: ['d'], failedTasks: 1 },
      { id: 'now', tasks: ['b'] },
    ];

    await retirement.look();

    expect(worker.slots).toBe(10);
  });

  test('takes tasks again when it is needed after all', async () => {
    const { ecs, worker, logger, retirement } = await busyWorker();
    ecs.service.deployments = [{ id: 'now', tasks: ['a', 'b'] }];

    await retirement.look();
    const whileItRetires = worker.slots;
    worker.busySlots = 0;
    ecs.service.desired = 2;
    await retirement.look();

    expect([whileItRetires, worker.slots]).toEqual([0, 10]);
    expect(logger.lines.map(({ message }) => message)).toEqual([
      'worker retires',
      'worker is needed after all',
    ]);
  });

  test('asks ECS who it is once, and for the list only where somebody has to go', async () => {
    const { ecs, retirement } = await busyWorker();
    ecs.service.deployments = [{ id: 'now', tasks: ['a', 'b'] }];
    ecs.service.desired = 2;

    await retirement.look();
    await retirement.look();
    ecs.service.desired = 1;
    await retirement.look();

    expect(ecs.asked()).toEqual([
      'DescribeTasks',
      ...Array(3).fill('DescribeServices'),
      ...Array(2).fill('ListTasks'),
    ]);
  });

  test('does not ask while it has nothing to do: ECS may stop it then', async () => {
    const { ecs, worker, retirement } = await busyWorker();
    worker.busySlots = 0;

    await retirement.look();

    expect(ecs.asked()).toEqual([]);
  });

  test('goes on, and is not relied upon, when ECS does not say', async () => {
    const { ecs, worker, logger, retirement } = await busyWorker();
    ecs.state.isInService = false;

    await retirement.look();

    expect(worker.slots).toBe(10);
    expect(retirement.isReliable).toBe(false);
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
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
