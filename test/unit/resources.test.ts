import { expect, test } from 'vitest';
import { parseConfig } from '../../shared/config/config.ts';
import { resourcesFrom } from '../../shared/deployment/resources.ts';
import { ConfigInvalidError } from '../../shared/errors.ts';

const MAIN = { name: 'main', weight: 1, broker: { type: 'sqs' } };
const ON_SQL = { type: 'postgres', persistence: 'default' };

/** The error that an action must end with. */
function refusalOf(action: () => unknown): ConfigInvalidError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error;
  }
  throw new Error('it was not refused');
}

const address = { url: 'https://sqs.test/main', deadLetterUrl: 'https://sqs.test/main-dead' };
const inEnvironment = (resources: unknown) => ({
  TASK_QUEUE_RESOURCES: JSON.stringify(resources),
});

test('the addresses of table and queues are read from the environment', () => {
  const resources = { table: 'tasks', queues: { main: address } };
  const config = parseConfig({ queues: [MAIN] }, 'of a test');

  expect(resourcesFrom(inEnvironment(resources), config)).toEqual(resources);
});

test('a memory queue needs no address', () => {
  const config = parseConfig({ queues: [{ ...MAIN, broker: { type: 'memory' } }] }, 'of a test');

  expect(resourcesFrom(inEnvironment({ table: 'tasks', queues: {} }), config).queues).toEqual({});
});

test('the address of a database is that of its name', () => {
  const databases = { default: { url: 'postgres://user@db.test:5432/tasks' } };
  const config = parseConfig({ queues: [{ ...MAIN, broker: ON_SQL }] }, 'of a test');
  const env = inEnvironment({ table: 'tasks', queues: {}, databases });

  expect(resourcesFrom(env, config).databases).toEqual(databases);
});

test('a queue whose database has no address is refused under the names of both', () => {
  const config = parseConfig({ queues: [{ ...MAIN, broker: ON_SQL }] }, 'of a test');
  const env = inEnvironment({ table: 'tasks', queues: {}, databases: {} });

  const { message } = refusalOf(() => resourcesFrom(env, config));

  expect(message).toContain('no address for: main (database "default")');
});

test.each([
  ['a variable that is not set', {}, 'it is not set'],
  ['a variable that is not JSON', { TASK_QUEUE_RESOURCES: 'main' }, 'it is not JSON'],
  [
    'queues without an address',
    inEnvironment({ table: 'tasks', queues: { main: address } }),
    'no address for: slow, slower',
  ],
  ['a missing table', inEnvironment({ queues: {} }), 'the task log ("table")'],
  [
    'an address that is no URL',
    inEnvironment({ table: 'tasks', queues: { main: { ...address, url: 'main' } } }),
    'queues.main.url: ',
  ],
])('refuses %s under the name of the variable', (_case, env, reason) => {
  const names = ['main', 'slow', 'slower'];
  const config = parseConfig({ queues: names.map((name) => ({ ...MAIN, name })) }, 'of a test');

  const { message } = refusalOf(() => resourcesFrom(env, config));

  expect(message).toContain('TASK_QUEUE_RESOURCES');
  expect(message).toContain(reason);
});
