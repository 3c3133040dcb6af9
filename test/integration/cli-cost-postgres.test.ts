import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { runCli } from '../support/cli.ts';

// Each starts servers, on a machine that others use too.
vi.setConfig({ testTimeout: 120_000 });

const ON_SQL = { type: 'postgres', persistence: 'default' };

/** Counts in a directory with the configuration and nothing else: no server, no variable. */
async function setup() {
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-cost-'));
  const queues = [
    { name: 'main', weight: 3, broker: { type: 'sqs' } },
    { name: 'aside', weight: 1, broker: ON_SQL },
  ];
  const config = JSON.stringify({ queues, taskLog: ON_SQL });
  await writeFile(join(directory, 'task-queue.config.json'), config);
  const env = { ...process.env, DATABASE_URL: undefined };
  return { run: (...args: string[]) => runCli(args, { directory, env }) };
}

test('cost counts what a task asks of AWS, and names what is on PostgreSQL and not counted', async () => {
  const { run } = await setup();

  const { code, output, errors } = await run('cost', '--tasks', '10', '--json');

  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  const { queues, idle, notCounted } = JSON.parse(output);
  const nothing = { sends: 0, receives: 0, deletes: 0, writeUnits: 0, readUnits: 0 };
  expect(queues).toMatchObject([
    { queue: 'main', broker: 'sqs', burst: { sends: 0.1, writeUnits: 0 }, single: { sends: 1 } },
    { queue: 'aside', broker: 'postgres', burst: nothing, single: nothing },
  ]);
  expect(idle).toMatchObject({ queues: 1 });
  expect(notCounted).toEqual(['the task log', 'queue "aside"']);
});

test('cost plan leaves out what a task log on PostgreSQL does not need, and says that the database is not in it', async () => {
  const { run } = await setup();

  const plan = await run('cost', 'plan', '--tasks-per-month', '1000000', '--tasks', '10');

  expect(plan).toMatchObject({ code: 0, errors: '' });
  expect(plan.output).toContain('SQS');
  expect(plan.output).not.toContain('DynamoDB');
  expect(plan.output).toMatch(/Not counted, as PostgreSQL .*: the task log, queue "aside"\.\n$/);
});
