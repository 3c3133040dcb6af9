import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TaskSummaryView } from '../../shared/api/views.ts';
import { Report } from '../../shared/report/report.ts';
import type { Task } from '../../shared/task/task.ts';
import { aSuiteCli } from '../support/a-suite-cli.ts';
import { aTask } from '../support/a-task.ts';
import { claimed, done } from '../support/task-log-harness.ts';

const cli = aSuiteCli();

const logged = async (changes: Partial<Task> = {}): Promise<Task> => {
  const task = aTask(changes);
  await cli().wiring.log.recordEnqueued(task, 'main');
  return task;
};
const running = async (changes: Partial<Task> = {}) => {
  const task = await logged(changes);
  return { task, claim: await claimed(cli().wiring.log, task) };
};
const completed = async (changes: Partial<Task> = {}): Promise<Task> => {
  const { task, claim } = await running(changes);
  await cli().wiring.log.finish(claim, done);
  return task;
};
const statusOf = async ({ id }: Task) => (await cli().wiring.log.getSummary(id))?.status;
const tasks = (...args: string[]) => cli().run(['tasks', ...args]);

describe('task-queue tasks list', () => {
  test('shows the tasks that satisfy all options, as a table or as JSON', async () => {
    const owner = 'list-ann';
    const [old, failed] = [await completed({ owner }), await running({ owner, label: 'Scores' })];
    await cli().wiring.log.finish(failed.claim, { status: 'failed', report: Report.error('no') });
    await logged({ owner: 'list-ben' });

    const table = await tasks('list', '--owner', owner, '--order', 'oldest');
    const json = await cli().json<{ tasks: TaskSummaryView[] }>(
      ...['tasks', 'list', '--owner', owner, '--category', 'failed,cancelled'],
      ...['--label', 'Sco', '--created-after', '1h'],
    );

    expect(table.code).toBe(0);
    expect(table.output).toMatch(/^status +name +label +age +took +queue +id\n/);
    expect(table.output.match(/[0-9A-Z]{26}$/gm)).toEqual([old.id, failed.task.id]);
    expect(json.tasks).toMatchObject([{ id: failed.task.id, statusLabel: 'Failed' }]);
  });

  test('goes on at its cursor with the times that it names, beyond a page of the log', async () => {
    const owner = 'list-many';
    const all: Task[] = [];
    for (let index = 0; index < 103; index++) all.push(await logged({ owner }));
    const list = ['list', '--owner', owner, '--order', 'oldest'];

    const first = await tasks(...list, '--limit', '102', '--created-after', '1h');
    const more = /more: (.+)\n/.exec(first.errors)?.[1]?.split(' ') ?? [];
    const rest = await tasks(...list, ...more);

    expect(first.output.match(/[0-9A-Z]{26}$/gm)).toEqual(all.slice(0, 102).map(({ id }) => id));
    expect(rest.output.match(/[0-9A-Z]{26}$/gm)).toEqual([all[102]?.id]);
    expect(rest.errors).toBe('');
  });

  test('names all that is wrong at once, and suggests what was meant', async () => {
    const wrong = await tasks(
      'list',
      '--status',
      'runing',
      '--created-after',
      '1h',
      '--created-before',
      '2h',
      '--queue',
      'main,'.repeat(101),
    );
    const doubtful = await tasks('list', '--name', 'export-result', '--queue', 'maim');

    expect(wrong).toMatchObject({ code: 2, output: '' });
    expect(wrong.errors).toContain('"runing" is not a status. Did you mean "running"?');
    expect(wrong.errors).toContain('--created-before must be later than --created-after.');
    expect(wrong.errors).toContain('--queue accepts at most 100 values, not 101.');
    expect(doubtful.code).toBe(0);
    expect(doubtful.errors).toContain('Did you mean "export-results"?');
    expect(doubtful.errors).toContain('Did you mean "main"?');
  });
});

describe('task-queue tasks get', () => {
  test('shows a task with its parameters and its report as a tree, and nothing that a terminal would obey', async () => {
    const label = 'Scores \u001b[2J\u0007of d-9';
    const { task, claim } = await running({ label, parameters: { deliveryId: 'd-9' } });
    const report = Report.success('Exported', { rows: 2 }, [Report.warning('row 1 has no score')]);
    await cli().wiring.log.finish(claim, { status: 'completed', report });

    const { code, output } = await tasks('get', task.id);

    expect(code).toBe(0);
    expect(output).toMatch(/^id +[0-9A-Z]{26}\nname +export-results\n/);
    expect(output).toContain('    "deliveryId": "d-9"');
    expect(output).toContain('label     Scores [2Jof d-9\n');
    expect(output).toContain('  ✔ Exported  {"rows":2}\n    ! row 1 has no score\n');
  });
});

describe('task-queue tasks archive and cancel', () => {
  test('decide over each task for itself, and exit with 1 when one was refused', async () => {
    const [waiting, { task: runs }] = [await logged(), await running()];

    const { code, output, errors } = await tasks('cancel', waiting.id, runs.id, 'nonsense');

    expect(code).toBe(1);
    expect(output).toBe(`${waiting.id} cancelled\n`);
    expect(errors).toBe(
      `${runs.id}: Task cannot be cancelled because it is already dequeued. Use --force to do it anyway.\n` +
        'nonsense: There is no task with id "nonsense".\n',
    );
    expect([await statusOf(waiting), await statusOf(runs)]).toEqual(['cancelled', 'running']);
  });

  test('--all means what needs no force of all that satisfy the options', async () => {
    const owner = 'archive-ann';
    const [ended, waiting] = [await completed({ owner }), await logged({ owner })];
    const others = await completed({ owner: 'archive-ben' });
    const archive = ['tasks', 'archive', '--all', '--owner', owner];

    const unasked = await cli().run(archive);
    const statusThen = await statusOf(ended);
    const result = await cli().json(...archive, '--yes');

    expect(unasked).toMatchObject({ code: 2, output: '' });
    expect(unasked.errors).toContain('--yes');
    expect(statusThen).toBe('completed');
    expect(result).toEqual({
      items: [{ id: ended.id, outcome: 'archived' }],
      counts: { archived: 1, refused: 0 },
    });
    expect(await statusOf(waiting)).toBe('enqueued');
    expect(await statusOf(others)).toBe('completed');
  });

  test('neither ids nor --all, or both, is wrong usage', async () => {
    const neither = await tasks('archive', '--owner', 'ann', '--yes');
    const both = await tasks('archive', '--all', 'x');

    expect(neither).toMatchObject({ code: 2 });
    expect(neither.errors).toContain('Specify task ids or --all.');
    expect(neither.errors).toContain('--yes needs --all.');
    expect(both.errors).toContain('not both');
  });
});

describe('task-queue tasks retry', () => {
  test('enqueues a new task of the same kind, and leaves one alone that has not ended', async () => {
    const same = { name: 'compute-statistics', parameters: { values: [1, 2] }, owner: 'ann' };
    const [old, waiting] = [await completed({ ...same, label: 'Once more' }), await logged(same)];

    const { code, output, errors } = await tasks('retry', old.id, waiting.id);

    expect(code).toBe(1);
    expect(errors).toBe(
      `${waiting.id}: Task cannot be retried because it has not ended yet. Use --force to do it anyway.\n`,
    );
    const [, newId = ''] = /retried as (\w+) in queue main\n$/.exec(output) ?? [];
    expect(await cli().wiring.log.get(newId)).toMatchObject({
      ...same,
      label: 'Once more',
      retryOf: old.id,
      status: 'enqueued',
    });
    expect(await cli().wiring.brokers.get('main')?.depth()).toMatchObject({ waiting: 1 });
  });
});

describe('task-queue tasks watch', () => {
  test('exits with 0 when the task has completed; with --json it writes objects, one a line', async () => {
    const task = await completed();

    const { code, output } = await tasks('watch', task.id, '--json');

    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ id: task.id, statusLabel: 'Completed' });
  });

  test('exits with 1 when the task has failed, and says why', async () => {
    const { task, claim } = await running();
    await cli().wiring.log.finish(claim, { status: 'failed', report: Report.error('disk full') });

    expect(await tasks('watch', task.id)).toEqual({
      code: 1,
      output: `${task.id} failed\n✘ disk full\n`,
      errors: '',
    });
  });
});

test('Ctrl-C ends the watching with the exit code that shells know, and nothing else', async () => {
  const { task } = await running();

  const watched = await cli().run(['tasks', 'watch', task.id], { interruptAfter: /running\n/ });

  expect(watched).toEqual({ code: 130, output: `${task.id} running\n`, errors: '' });
  expect(await statusOf(task)).toBe('running');
});

describe('task-queue tasks file', () => {
  test('downloads the file under its name, whole, and does not replace another one', async () => {
    const { task, claim } = await running();
    const content = Buffer.alloc(300_000, 'row\n');
    const file = {
      key: `files/${task.id}/1`,
      name: 'scores.csv',
      bytes: 300_000,
      contentType: 'text/csv',
    };
    await cli().wiring.fileStore?.put({ key: file.key, content, contentType: file.contentType });
    await cli().wiring.log.finish(claim, { ...done, file });
    const directory = await mkdtemp(join(tmpdir(), 'task-queue-cli-'));

    const first = await cli().run(['tasks', 'file', task.id], { directory });
    const second = await cli().run(['tasks', 'file', task.id], { directory });
    const piped = await tasks('file', task.id, '--output', '-');

    expect(first).toMatchObject({ code: 0, output: `${join(directory, 'scores.csv')}\n` });
    expect(await readFile(join(directory, 'scores.csv'))).toEqual(content);
    expect(second).toMatchObject({ code: 1 });
    expect(second.errors).toContain('Use --force to replace it.');
    expect(piped.output).toBe(content.toString());
  });

  test('a task without one is refused', async () => {
    const task = await completed();

    expect(await tasks('file', task.id)).toMatchObject({
      code: 1,
      errors: `Task "${task.id}" has no file to download.\n`,
    });
  });
});
