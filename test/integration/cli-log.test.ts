import { describe, expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import type { Task } from '../../shared/task/task.ts';
import { aSuiteCli } from '../support/a-suite-cli.ts';
import { aTask } from '../support/a-task.ts';
import { aCli } from '../support/cli.ts';
import { claimed, done } from '../support/task-log-harness.ts';

const cli = aSuiteCli();

/** Records a task in this state, without a message. */
async function aLogged(state: 'waits' | 'runs' | 'completed', changes: Partial<Task> = {}) {
  const { log } = cli().wiring;
  const task = aTask(changes);
  await log.recordEnqueued(task, 'main');
  if (state === 'waits') return task;
  const claim = await claimed(log, task);
  if (state === 'completed') await log.finish(claim, done);
  return task;
}

const log = (...args: string[]) => cli().run(['log', ...args]);
const statusOf = async ({ id }: Task) => (await cli().wiring.log.getSummary(id))?.status;

describe("task-queue log, with the original's options", () => {
  test('--available lists what is not archived or cancelled, newest first, as JSON', async () => {
    const own = await aCli();
    const tasks = [aTask(), aTask(), aTask(), aTask(), aTask()];
    for (const task of tasks) await own.wiring.log.recordEnqueued(task, 'main');
    await own.wiring.log.archive(tasks[3]?.id ?? '');
    await own.wiring.log.cancel(tasks[1]?.id ?? '');
    const ids = (...indices: number[]) => indices.map((index) => ({ id: tasks[index]?.id }));

    const all = await own.run(['log', '--available']);
    const page = await own.run(['log', '--available', '--limit=1', '--offset=1']);

    expect(all).toMatchObject({ code: 0, errors: '' });
    expect(JSON.parse(all.output)).toMatchObject(ids(4, 2, 0));
    expect(all.output).toMatch(/^\[\n {2}\{\n/);
    expect(JSON.parse(page.output)).toMatchObject(ids(2));
    expect(page.errors).toMatch(/^\d+ records were read, including the skipped ones\./);
  });

  test('--get-task shows a task with its parameters, its report and what its status is called', async () => {
    const task = await aLogged('completed', { owner: 'ann' });

    const { code, output } = await log(`--get-task=${task.id}`);

    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      id: task.id,
      owner: 'ann',
      parameters: task.parameters,
      report: { type: 'success', message: 'Exported' },
      statusLabel: 'Completed',
    });
  });

  test('--archive refuses what is in progress with the hint to use --force, which does it', async () => {
    const task = await aLogged('runs');

    const refused = await log(`--archive=${task.id}`);
    const statusThen = await statusOf(task);
    const forced = await log(`--archive=${task.id}`, '--force');

    expect(refused).toEqual({
      code: 1,
      output: '',
      errors: 'Task cannot be archived because it is in progress. Use --force to do it anyway.\n',
    });
    expect(statusThen).toBe('running');
    expect(forced.code).toBe(0);
    expect(JSON.parse(forced.output)).toEqual({ id: task.id, outcome: 'archived' });
    expect(await statusOf(task)).toBe('archived');
  });

  test('--cancel refuses what has begun with the hint to use --force, which asks its worker', async () => {
    const task = await aLogged('runs');

    const refused = await log(`--cancel=${task.id}`);
    const forced = await log(`--cancel=${task.id}`, '--force');

    expect(refused).toEqual({
      code: 1,
      output: '',
      errors:
        'Task cannot be cancelled because it is already dequeued. Use --force to do it anyway.\n',
    });
    expect(JSON.parse(forced.output)).toEqual({ id: task.id, outcome: 'requested' });
    expect(await cli().wiring.log.getSummary(task.id)).toHaveProperty('cancelRequestedAt');
  });

  test('--cancel ends a task that waits, --archive puts one aside that has ended', async () => {
    const [waiting, ended] = [await aLogged('waits'), await aLogged('completed')];

    const cancelled = await log(`--cancel=${waiting.id.toLowerCase()}`);
    const archived = await log(`--archive=${ended.id}`);

    expect(JSON.parse(cancelled.output)).toEqual({ id: waiting.id, outcome: 'cancelled' });
    expect(JSON.parse(archived.output)).toEqual({ id: ended.id, outcome: 'archived' });
    expect(await statusOf(waiting)).toBe('cancelled');
    expect(await statusOf(ended)).toBe('archived');
  });

  test('a task that there is not is refused', async () => {
    const id = newTaskId();

    const { code, errors } = await log(`--get-task=${id}`);

    expect(code).toBe(1);
    expect(errors).toBe(`There is no task with id "${id}".\n`);
  });

  test('options that need another one are refused, all at once, and nothing is done', async () => {
    const task = await aLogged('completed');

    const { code, errors } = await log('--limit=5', '--offset=1', '--force');
    const several = await log(`--archive=${task.id}`, '--stats', '--limit=5');

    expect(code).toBe(2);
    expect(errors).toContain('Specify one of --stats, --available');
    expect(errors).toContain('--limit needs --available.');
    expect(errors).toContain('--offset needs --available.');
    expect(errors).toContain('--force needs --archive or --cancel.');
    expect(several.code).toBe(2);
    expect(several.errors).toContain('Specify only one of --stats, --available');
    expect(several.errors).toContain('--limit needs --available.');
    expect(await statusOf(task)).toBe('completed');
  });

  test('--help lists all options, with examples', async () => {
    const { code, output } = await log('--help');

    expect(code).toBe(0);
    for (const option of ['stats', 'available', 'limit', 'offset', 'get-task', 'archive', 'cancel'])
      expect(output).toContain(`--${option}`);
    expect(output).toContain('$ task-queue log --available --limit=5 --offset=10');
  });
});
