import { expect, test, vi } from 'vitest';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { aCli } from '../support/cli.ts';

// Each starts processes, on a machine that others use too.
vi.setConfig({ testTimeout: 60_000 });

const ON_SQL = { type: 'postgres', persistence: 'default' };
const ALL_ON_SQL = {
  queues: [{ name: 'main', weight: 1, broker: ON_SQL }],
  taskLog: ON_SQL,
};

async function setup() {
  const cli = await aCli(ALL_ON_SQL);
  const url = cli.resources.databases?.['default']?.url ?? '';
  const client = await new PostgresDatabase({ url }).connect();
  const check = (address = url) => {
    const databases = { default: { url: address } };
    const env = { TASK_QUEUE_RESOURCES: JSON.stringify({ ...cli.resources, databases }) };
    return cli.run(['check'], { env });
  };
  return { ...cli, url, client, check };
}

test('a database that is in order is among what was checked', async () => {
  const { check, client } = await setup();

  const { code, output } = await check();

  expect(output).toMatch(/checked: configuration, \d+ tasks, database "default", bucket/);
  expect(code).toBe(0);
  await client.end();
});

test('a database that is gone, away, closed or without its schema is one finding, with what to do', async () => {
  const { check, url, client } = await setup();
  const changed = (change: Partial<Record<'port' | 'pathname' | 'password', string>>): string =>
    Object.assign(new URL(url), change).href;

  const away = await check(changed({ port: '9' }));
  const gone = await check(changed({ pathname: 'nothing_of_this_name' }));
  const closed = await check(changed({ password: 'wrong' }));
  await client.query('DROP SCHEMA task_queue CASCADE');
  const empty = await check();

  for (const { code, errors, output } of [away, gone, closed, empty]) {
    expect(errors).toBe('');
    expect(output).toContain('1 error');
    expect(code).toBe(1);
  }
  expect(away.output).toContain('database "default": it cannot be reached: connect ECONNREFUSED');
  expect(gone.output).toContain(
    'it does not exist: database "nothing_of_this_name" does not exist',
  );
  expect(closed.output).toContain(
    'these credentials cannot read it: password authentication failed',
  );
  expect(empty.output).toContain('it has no schema "task_queue"\n         Run `npx cdk deploy`.');
  await client.end();
});
