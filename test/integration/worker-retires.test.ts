import { afterEach, describe, expect, test, vi } from 'vitest';
import { EcsService } from '../../functions/worker/ecs/ecs-service.ts';
import { Retirement } from '../../functions/worker/ecs/retirement.ts';
import { ecsWith } from '../support/ecs-server.ts';
import { quietLogger } from '../support/quiet-logger.ts';

afterEach(() => void vi.unstubAllEnvs());

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
