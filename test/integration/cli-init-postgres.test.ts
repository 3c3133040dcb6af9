import { readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { ownServers } from '../support/own-servers.ts';
import { emptyDatabase } from '../support/postgres.ts';

// Each starts processes, on a machine that others use too.
vi.setConfig({ testTimeout: 120_000 });

/** Nothing of AWS, not even a region: what the SDK finds would be used by mistake. */
const NO_AWS = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith('AWS_'))
    .concat(
      ['REGION', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'].map((name) => `AWS_${name}`),
      ['SQS', 'S3', 'DYNAMODB', 'DYNAMODB_STREAMS'].map((name) => `AWS_ENDPOINT_URL_${name}`),
    )
    .map((name) => [name, undefined]),
);
const ALL_ON_SQL = ['init', '--broker=postgres', '--log=postgres', '--persistence=default'];

test('a database alone is enough: tasks are enqueued, run and looked up with nothing of AWS', async () => {
  const DATABASE_URL = await emptyDatabase();
  const { run, readConfig, noted } = await ownServers({ ...NO_AWS, DATABASE_URL });

  const made = await run(...ALL_ON_SQL);
  const again = await run('init');
  const check = await run('check');
  const enqueued = await run('enqueue', 'compute-statistics', '-p', 'values=1', '--json');
  const { id, queue } = JSON.parse(enqueued.output);
  const worked = await run('worker', '--queue', queue, '--limit', '1');
  const shown = await run('tasks', 'get', id, '--json');
  const stats = await run('stats');

  expect(made).toMatchObject({ code: 0, errors: '' });
  expect(made.output).toMatch(
    /created in the database: .*messages.*\ncreated in the database: .*task log/,
  );
  expect(again.output).toContain('no change');
  expect(check).toMatchObject({ code: 0 });
  expect(check.output).toContain('bucket: there is no bucket: tasks cannot store files');
  expect(worked).toMatchObject({ code: 0 });
  expect(JSON.parse(shown.output)).toMatchObject({ status: 'completed', queue });
  expect(stats.output).toMatch(/completed/);
  expect((await readConfig()).taskLog).toEqual({ type: 'postgres', persistence: 'default' });
  expect(Object.keys((await noted()).env)).toEqual(['TASK_QUEUE_RESOURCES']);
});

test('what is not on the one server there is, is named with the variable that leads to it', async () => {
  const { run, configPath } = await ownServers({ DATABASE_URL: undefined });
  await run('init');
  const before = await readFile(configPath, 'utf8');

  const { code, errors } = await run('init', '--log=postgres', '--persistence=default');

  expect(code).toBe(1);
  expect(errors).toContain('the task log: is on PostgreSQL: set DATABASE_URL');
  expect(await readFile(configPath, 'utf8')).toBe(before);
});

test('a task log that moves leaves its records behind, which is said as long as tasks there have not ended', async () => {
  const { run, readConfig } = await ownServers({ DATABASE_URL: await emptyDatabase() });
  await run('init');
  const enqueued = await run('enqueue', 'compute-statistics', '-p', 'values=1', '--json');
  await run('pause', '--queue', 'background');
  const { id, queue } = JSON.parse(enqueued.output);

  const moved = await run('init', '--log=postgres', '--persistence=default');
  const check = await run('check');
  const worked = await run('worker', '--queue', queue, '--limit', '1');
  const ended = await run('tasks', 'get', id);
  const back = await run('init', '--log=dynamodb');

  expect(moved).toMatchObject({ code: 0 });
  for (const { output } of [moved, check]) {
    expect(output).toMatch(/table "task-log": .* has records of unfinished tasks: \d+/);
    expect(output).toContain('its live settings and pauses no longer apply');
  }
  expect(worked.code).toBe(0);
  expect(ended.output).toMatch(/status +Completed|completed/);
  expect(back).toMatchObject({ code: 0 });
  expect(back.output).not.toContain('no longer the task log');
  expect((await readConfig()).taskLog).toEqual({ type: 'dynamodb' });
});
