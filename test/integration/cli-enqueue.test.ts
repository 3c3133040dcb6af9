import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeTask } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import { aBroker } from '../support/a-config.ts';
import { aCli } from '../support/cli.ts';
import { aClaim } from '../support/task-log-harness.ts';

type CliUnderTest = Awaited<ReturnType<typeof aCli>>;
type Enqueued = { readonly id: string; readonly queue: string };

/** Imports run in the command itself, everything else waits in `main`. */
const WITH_SYNC_QUEUE = {
  queues: [
    { name: 'main', weight: 1, broker: aBroker() },
    { name: 'now', weight: 1, broker: { type: 'memory' } },
  ],
  taskQueues: { 'import-results': 'now' },
};
const CSV = 'csv=participant,score\nann,91\n';

async function waitingTasks({ wiring }: CliUnderTest, queue = 'main'): Promise<Task[]> {
  const options = { max: 10, waitSeconds: 0, leaseSeconds: 600 };
  const deliveries = (await wiring.brokers.get(queue)?.receive(options)) ?? [];
  return deliveries.map(({ body }) => decodeTask(body));
}

describe('enqueue', () => {
  test('sends and records a task as it was asked for, and prints its id and queue', async () => {
    const cli = await aCli();

    const { code, output } = await cli.run([
      ...['enqueue', 'export-results', '-p', 'deliveryId=7', '--param', 'rows=500'],
      ...['--label', 'Export of delivery 7', '--owner', 'ann'],
    ]);

    expect(code).toBe(0);
    const [, id = ''] = /^([0-9A-Z]{26}) {2}main\n$/.exec(output) ?? [];
    const expected = {
      id,
      name: 'export-results',
      parameters: { deliveryId: '7', rows: 500 },
      label: 'Export of delivery 7',
      owner: 'ann',
    };
    expect(await waitingTasks(cli)).toMatchObject([expected]);
    expect(await cli.wiring.log.get(id)).toMatchObject({ ...expected, status: 'enqueued' });
  });

  test.each([
    ['as JSON', ['{"values":[1,2]}'], ''],
    ['from a file, and --json for the result', ['--json', '@parameters.json'], ''],
    ['from standard input, and --json for the result', ['--json', '-'], '{"values":[1,2]}'],
    ['one by one', ['-p', 'values=1', '-p', 'values=2'], ''],
  ])('takes parameters %s', async (_case, args, input) => {
    const cli = await aCli();
    const directory = join(cli.configPath, '..');
    await writeFile(join(directory, 'parameters.json'), '{"values":[1,2]}');

    const run = await cli.run(['enqueue', 'compute-statistics', ...args], { input, directory });

    expect(run).toMatchObject({ code: 0, errors: '' });
    const [task] = await waitingTasks(cli);
    expect(task?.parameters).toEqual({ values: [1, 2] });
    if (args.includes('--json')) {
      expect(JSON.parse(run.output)).toEqual({ id: task?.id, queue: 'main' });
    }
  });

  test.each([
    ['a number that would change', '{"values":[1e400]}', 'values[0] 1e400'],
    ['what is not UTF-8', Buffer.from('{"values":"\xff"}', 'latin1'), 'is not UTF-8'],
  ])('refuses %s in a file', async (_case, content, expected) => {
    const cli = await aCli();
    const directory = join(cli.configPath, '..');
    await writeFile(join(directory, 'parameters.json'), content);

    const run = await cli.run(['enqueue', 'compute-statistics', '@parameters.json'], { directory });

    expect(run).toMatchObject({ code: 2, errors: expect.stringContaining(expected) });
    expect(await waitingTasks(cli)).toEqual([]);
  });

  test('refuses a number that would change as a parameter of its own', async () => {
    const cli = await aCli();

    const run = await cli.run([
      'enqueue',
      'compute-statistics',
      '-p',
      'values=12345678901234567890',
    ]);

    expect(run.code).not.toBe(0);
    expect(run.errors).toContain('12345678901234567890 is a number that would change');
    expect(await waitingTasks(cli)).toEqual([]);
  });

  test('refuses bad parameters before anything is sent, and names every bad field', async () => {
    const cli = await aCli();

    const { code, errors } = await cli.run([
      ...['enqueue', 'export-results', '-p', 'rows=many', '-p', 'color=red'],
      ...['--label', ''],
    ]);

    expect(code).toBe(1);
    for (const field of ['parameters.deliveryId', 'parameters.rows', '"color"', 'label']) {
      expect(errors).toContain(field);
    }
    expect(errors).not.toContain('    at ');
    expect(await waitingTasks(cli)).toEqual([]);
    expect((await cli.wiring.log.list({ limit: 10 })).tasks).toEqual([]);
  });

  test('says what a misspelt name may have meant, and which there are', async () => {
    const { run } = await aCli();

    const { code, errors } = await run(['enqueue', 'export-result', '{}']);

    expect(code).toBe(2);
    expect(errors).toContain('Did you mean "export-results"?');
    expect(errors).toContain('compute-statistics');
  });

  test('says all that is wrong with the command line, and exits with 2', async () => {
    const { run } = await aCli();

    const options = await run([
      ...['enqueue', 'compute-statistics', '{}', '-p', 'values', '--timeout', '5'],
      ...['--errors', 'x', '--dry-run', '--wait', '--idempotency-key', 'é'],
    ]);
    const nothing = await run(['enqueue']);
    const json = await run(['enqueue', 'compute-statistics', 'values=1']);

    expect([options.code, nothing.code, json.code]).toEqual([2, 2, 2]);
    for (const problem of [
      'Specify parameters with --param or as "{}", but not both.',
      '--param values: the form is key=value.',
      '--wait cannot be combined with --dry-run, which enqueues nothing.',
      '--idempotency-key must be 1 to 255 printable ASCII characters.',
      '--errors needs --bulk.',
    ]) {
      expect(options.errors).toContain(problem);
    }
    expect(nothing.errors).toContain('Specify a task name');
    expect(json.errors).toContain('Did you mean --param values=1?');
  });

  test('with --dry-run says where the task would wait, and enqueues nothing', async () => {
    const cli = await aCli({
      ...WITH_SYNC_QUEUE,
      taskQueues: { 'compute-statistics': 'now' },
    });

    const { code, output } = await cli.run([
      ...['enqueue', 'compute-statistics', '-p', 'values=1', '--dry-run'],
    ]);

    expect(code).toBe(0);
    expect(output).toContain('compute-statistics would wait in queue now');
    expect((await cli.wiring.log.list({ limit: 10 })).tasks).toEqual([]);
  });

  test('under one idempotency key makes one task', async () => {
    const cli = await aCli();
    const args = ['enqueue', 'compute-statistics', '{"values":[1]}', '--idempotency-key', 'k'];

    const first = await cli.json<Enqueued>(...args);
    const second = await cli.json<Enqueued>(...args);
    const other = await cli.run([...args.with(2, '{"values":[2]}')]);

    expect(second).toEqual(first);
    expect(await waitingTasks(cli)).toMatchObject([{ id: first.id }]);
    expect(other).toMatchObject({ code: 1 });
    expect(other.errors).toContain('belongs to another request');
  });
});

describe('enqueue --wait', () => {
  test('shows the report of a task that a worker ends, and exits with 1 when it failed', async () => {
    const cli = await aCli();
    const { log } = cli.wiring;

    const running = cli.run([
      'enqueue',
      'compute-statistics',
      '{"values":[1]}',
      '--wait',
      '--json',
    ]);
    const work = async (): Promise<void> => {
      const [task] = await waitingTasks(cli);
      if (task === undefined) return work();
      const result = await log.claim(task, { ...aClaim(), queue: 'main' });
      if (result.outcome !== 'claimed') throw new Error(result.outcome);
      const report = { type: 'error', message: 'no good', children: [] } as const;
      await log.finish(result.claim, { status: 'failed', report });
    };
    await work();
    const { code, output } = await running;

    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      queue: 'main',
      status: 'failed',
      report: { message: 'no good' },
    });
  });

  test('of a sync queue has run the task itself', async () => {
    const cli = await aCli(WITH_SYNC_QUEUE);

    const { code, output } = await cli.run(['enqueue', 'import-results', '-p', CSV, '--wait']);

    expect(code).toBe(0);
    expect(output).toContain('Imported 1 of 1 lines');
    expect(await cli.wiring.log.countByStatus()).toEqual({ completed: 1 });
  });

  test('waits no longer than the given time', async () => {
    const cli = await aCli();

    const { code, errors } = await cli.run([
      ...['enqueue', 'compute-statistics', '{"values":[1]}', '--wait', '--timeout', '1'],
    ]);

    expect(code).toBe(1);
    expect(errors).toContain('Stopped waiting: 1 of 1 tasks have not ended');
    expect(await waitingTasks(cli)).toHaveLength(1);
  });
});

describe('rerun', () => {
  test('enqueues a logged task under a new id with the same parameters and label', async () => {
    const cli = await aCli(WITH_SYNC_QUEUE);
    const request = { name: 'import-results', label: 'Import', owner: 'ann', masterStatus: true };
    const parameters = { csv: 'participant,score\nann,91\n' };
    const old = await cli.wiring.dispatcher.enqueue({ ...request, parameters });

    const { code, output, errors } = await cli.run(['rerun', old.id.toLowerCase(), '--wait']);

    expect(code).toBe(0);
    expect(output).toContain('Imported 1 of 1 lines');
    const { tasks } = await cli.wiring.log.list({ limit: 10 });
    expect(tasks).toMatchObject([
      { ...request, retryOf: old.id, status: 'completed' },
      { ...request, id: old.id },
    ]);
    const [again] = tasks;
    expect(errors).toContain(`${again?.id}  now  again ${old.id}`);
    expect((await cli.wiring.log.get(again?.id ?? ''))?.parameters).toEqual(parameters);
  });

  test('refuses what is unknown or has not ended, all at once, and enqueues nothing', async () => {
    const cli = await aCli();
    const { id } = await cli.wiring.dispatcher.enqueue({
      name: 'compute-statistics',
      parameters: { values: [1] },
    });

    const refused = await cli.run(['rerun', id, 'nonsense']);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.errors).toContain(`${id}: Task cannot be retried because it has not ended yet.`);
    expect(refused.errors).toContain('There is no task with id "nonsense".');
    expect((await cli.wiring.log.list({ limit: 10 })).tasks).toHaveLength(1);

    const forced = await cli.json<{ tasks: object[] }>('rerun', id, '--force');
    expect(forced.tasks).toMatchObject([{ queue: 'main', retryOf: id }]);
    expect((await cli.wiring.log.list({ limit: 10 })).tasks).toHaveLength(2);
  });
});
