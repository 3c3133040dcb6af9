import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isConfigError, loadDeployableConfig } from '../../infra/deployable-config.ts';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';

const folder = mkdtempSync(join(tmpdir(), 'deployable-config-'));
const path = join(folder, 'task-queue.config.json');

afterAll(() => rmSync(folder, { recursive: true }));

/** The error for a configuration with these queues. */
function refusalOf(queues: unknown): Error {
  writeFileSync(path, JSON.stringify({ queues }));
  try {
    loadDeployableConfig(path);
  } catch (error) {
    if (isConfigError(error)) return error;
  }
  throw new Error('the configuration was not refused');
}

test('deploys the configuration of this repository', () => {
  const config = loadDeployableConfig(join(REPOSITORY_ROOT, 'task-queue.config.json'));

  expect(config.queues).not.toEqual([]);
});

test('names all queues that cannot be deployed in one message', () => {
  const { message } = refusalOf([
    { name: 'first', weight: 1, broker: { type: 'memory' } },
    { name: 'second', weight: 1, broker: { type: 'sqs' } },
    { name: 'third', weight: 1, broker: { type: 'memory' } },
  ]);

  expect(message).toMatch(/queues\.first: .*\n.*queues\.third: .*$/);
});

test('refuses more queues on SQS than fit into the environment of a function, with the number', () => {
  const queues = (on: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      name: `${on}-${index}`,
      weight: 1,
      broker: on === 'sqs' ? { type: on } : { type: on, persistence: 'default' },
    }));

  const { message } = refusalOf(queues('sqs', 15));

  expect(message).toContain('15 are on SQS, and a deployment has room for 14');
  expect(() => refusalOf([...queues('sqs', 14), ...queues('postgres', 20)])).toThrow(
    'was not refused',
  );
});

test('deploys queues and a task log on PostgreSQL', () => {
  const queues = [
    { name: 'first', weight: 1, broker: { type: 'postgres', persistence: 'default' } },
    { name: 'second', weight: 1, broker: { type: 'sqs' } },
  ];
  const taskLog = { type: 'postgres', persistence: 'default' };
  writeFileSync(path, JSON.stringify({ queues, taskLog }));

  expect(loadDeployableConfig(path)).toMatchObject({ queues, taskLog });
});

test('passes on what is wrong with an invalid configuration', () => {
  const { message } = refusalOf([{ name: 'first', weight: 0, broker: { type: 'sqs' } }]);

  expect(message).toContain(path);
  expect(message).toContain('queues[0].weight');
});

test('does not take an error of another kind for a mistake in the configuration', () => {
  expect(isConfigError(new TypeError('x is not a function'))).toBe(false);
});
