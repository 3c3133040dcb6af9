import { readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { ownServers } from '../support/own-servers.ts';
import { emptyDatabase } from '../support/postgres.ts';

// Each starts processes, on a machine that others use too.
vi.setConfig({ testTimeout: 120_000 });

test('a broker that is none, and postgres without a connection, are refused with what is accepted', async () => {
  const { run } = await ownServers();

  const unknown = await run('init', '--broker=kafka');
  const without = await run('init', '--broker=postgres');

  expect(unknown.code).toBe(2);
  expect(unknown.errors).toMatch(/kafka.*sqs, postgres, memory/s);
  expect(without.code).toBe(2);
  expect(without.errors).toContain(
    'Persistence id (--persistence=...) needs to be set for postgres.',
  );
});

test.each([
  ['--persistence does not apply to the broker sqs.', '--broker=sqs', '--persistence=default'],
  [
    '--persistence needs --broker or --log, to say what uses the database.',
    '--persistence=default',
  ],
  ['--receive does not apply to the broker memory.', '--broker=memory', '--receive=2'],
  [
    '--aws-profile does not apply to the broker postgres.',
    '--broker=postgres',
    '--persistence=x',
    '--aws-profile=y',
  ],
  ['--queue needs --broker or --receive, to say what to change.', '--queue=priority'],
])('init refuses what does not fit: %s', async (why, ...options) => {
  const { run } = await ownServers();

  const { code, errors } = await run('init', ...options);

  expect({ code, errors }).toEqual({ code: 2, errors: `${why}\n` });
});

test('postgres without a database says which variable leads to one, and changes nothing', async () => {
  const { run, configPath } = await ownServers({ DATABASE_URL: undefined });
  await run('init');
  const before = await readFile(configPath, 'utf8');

  const { code, errors } = await run('init', '--broker=postgres', '--persistence=default');

  expect(code).toBe(1);
  expect(errors).toContain('DATABASE_URL');
  expect(await readFile(configPath, 'utf8')).toBe(before);
});

test('queues go to PostgreSQL and back; tasks that wait are only moved when that is asked for', async () => {
  const { run, configPath } = await ownServers({ DATABASE_URL: await emptyDatabase() });
  const queueOf = async () => JSON.parse(await readFile(configPath, 'utf8')).queues;
  await run('init');

  const toPostgres = await run('init', '--broker=postgres', '--persistence=default', '--receive=5');
  const again = await run('init');
  const enqueued = await run('enqueue', 'compute-statistics', '-p', 'values=1', '--json');
  const refused = await run('init', '--broker=sqs');
  const moved = await run('init', '--broker=sqs', '--move');
  const queues = await run('queues', '--json');

  expect(toPostgres).toMatchObject({ code: 0, output: expect.stringContaining('messages') });
  expect(again.output).toContain('no change');
  expect(enqueued.code).toBe(0);
  expect(refused.code).toBe(1);
  expect(refused.errors).toContain('--move');
  expect(moved.code).toBe(0);
  expect((await queueOf()).map((queue: { broker: object }) => queue.broker)).toEqual(
    // Its default of docs/configuration.md.
    Array(3).fill({ type: 'sqs' }),
  );
  const { queue } = JSON.parse(enqueued.output);
  const found = JSON.parse(queues.output).queues.find(
    ({ name }: { name: string }) => name === queue,
  );
  expect(found.depth.waiting).toBe(1);
});
