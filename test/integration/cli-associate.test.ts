import { readFile, writeFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { ownServers } from '../support/own-servers.ts';

// Each starts processes, on a machine that others use too.
vi.setConfig({ testTimeout: 60_000 });

const TASK = 'export-results';
const queue = (name: string, weight = 7) => ({ name, weight, broker: { type: 'sqs', receive: 4 } });

async function setup() {
  const servers = await ownServers();
  await writeFile(
    servers.configPath,
    JSON.stringify({ queues: [queue('priority', 90), queue('usual')], defaultQueue: 'usual' }),
  );
  return servers;
}

test('a task goes to the queue that it is associated with; repeating it changes nothing', async () => {
  const { run, readConfig, configPath } = await setup();

  const first = await run('associate', TASK, 'priority');
  const written = await readFile(configPath, 'utf8');
  const second = await run('associate', TASK, 'priority');
  const removed = await run('associate', TASK, '--remove');

  expect(first).toMatchObject({ code: 0 });
  expect(first.output).toMatch(/taskQueues\.export-results\s+-\s+priority\n/);
  expect(JSON.parse(written).taskQueues).toEqual({ [TASK]: 'priority' });
  expect(second).toMatchObject({ code: 0, output: expect.stringContaining('no change') });
  expect(removed).toMatchObject({ code: 0 });
  expect((await readConfig()).taskQueues).toEqual({});
});

test('of several at once, each is in the configuration or has said that it is not', async () => {
  const { run, readConfig } = await setup();
  const tasks = ['compute-statistics', 'deliver-webhook', TASK, 'import-results'];

  const results = await Promise.all(tasks.map((task) => run('associate', task, 'priority')));

  const { taskQueues = {} } = await readConfig();
  const written = tasks.filter((_task, index) => results[index]?.code === 0);
  expect(Object.keys(taskQueues).toSorted()).toEqual(written.toSorted());
  expect(written.length).toBeGreaterThan(0);
  for (const { code, errors } of results) {
    if (code !== 0)
      expect({ code, errors }).toMatchObject({
        code: 1,
        errors: expect.stringContaining('try again'),
      });
  }
});

test('a new queue is created like the default one, at once', async () => {
  const { run, readConfig, resources } = await setup();

  const { code, output } = await run('associate', TASK, 'exports', '--weight', '20', '--json');

  expect(code).toBe(0);
  expect(JSON.parse(output).created).toContain('queue "exports"');
  expect(await readConfig()).toMatchObject({
    queues: [{ name: 'priority' }, { name: 'usual' }, queue('exports', 20)],
    taskQueues: { [TASK]: 'exports' },
  });
  expect(Object.keys((await resources()).queues)).toContain('exports');
});

test('what is misspelt is not taken for something new', async () => {
  const { run, readConfig } = await setup();

  const task = await run('associate', 'exprot-results', 'priority', '--remove');
  const unknown = await run('associate', 'exprot-results', 'priority');
  const similar = await run('associate', TASK, 'priorty');
  const meant = await run('associate', TASK, 'priorty', '--yes');

  expect(task).toMatchObject({
    code: 2,
    errors: expect.stringContaining('--remove takes no queue'),
  });
  expect(unknown).toMatchObject({ code: 2 });
  expect(unknown.errors).toContain(
    'There is no task "exprot-results". Did you mean "export-results"?',
  );
  expect(similar).toMatchObject({ code: 2 });
  expect(similar.errors).toContain('Did you mean "priority"?');
  expect(similar.errors).toContain('--yes');
  expect(meant).toMatchObject({ code: 0 });
  expect((await readConfig()).taskQueues).toEqual({ [TASK]: 'priorty' });
});

test('the weight of a queue that is there is not changed by the way', async () => {
  const { run } = await setup();

  const { code, errors } = await run('associate', TASK, 'priority', '--weight', '3');

  expect(code).toBe(2);
  expect(errors).toContain('--weight applies to a new queue');
});
