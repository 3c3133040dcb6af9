import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { aCli } from '../support/cli.ts';
import { ownServers } from '../support/own-servers.ts';

// Each starts processes, on a machine that others use too.
vi.setConfig({ testTimeout: 60_000 });

const EXAMPLE = resolve('docs/examples/tao-task-queue.json');
const IMPORT_TEST = 'oat\\taoQtiTest\\models\\tasks\\ImportQtiTest';

test('the settings of docs/migrating-from-tao.md are taken over, and what has no counterpart is named', async () => {
  const { run, configPath, readConfig, resources } = await ownServers();
  await writeFile(
    configPath,
    JSON.stringify({
      queues: [{ name: 'priority', weight: 1, broker: { type: 'sqs' } }],
      worker: { concurrency: 3 },
    }),
  );
  const args = ['import-config', EXAMPLE, '--task', `${IMPORT_TEST}=import-results`] as const;

  const dry = await run(...args, '--dry-run');
  const before = await readConfig();
  const { code, output } = await run(...args);

  expect(dry).toMatchObject({
    code: 0,
    output: expect.stringContaining('not changed (--dry-run)'),
  });
  expect(before).toMatchObject({ worker: { concurrency: 3 }, queues: [{ weight: 1 }] });
  expect(code).toBe(0);
  expect(output).toMatch(/queues\.priority\.weight\s+1\s+90\n/);
  expect(output).toContain('ExportDeliveryResults: no task here has this name');
  expect(await readConfig()).toEqual({
    queues: [
      { name: 'priority', weight: 90, broker: { type: 'sqs', receive: 10 } },
      { name: 'standard', weight: 30, broker: { type: 'sqs', receive: 5 } },
      { name: 'background', weight: 10, broker: { type: 'sqs', receive: 5 } },
    ],
    worker: { concurrency: 3 },
    defaultQueue: 'background',
    taskQueues: { 'import-results': 'priority' },
    strategy: 'weighted',
  });
  expect(Object.keys((await resources()).queues)).toEqual(['priority', 'standard', 'background']);
});

test('one error lists every problem of the settings, and nothing is written', async () => {
  const { directory, configPath, run } = await ownServers();
  const file = join(directory, 'tao.json');
  await writeFile(
    file,
    JSON.stringify({
      queues: [
        { name: 'a', weight: 20_000, broker: 'NewSqlQueueBroker' },
        { name: 'a', broker: 'sqs' },
      ],
      default_queue: 'b',
      task_selector_strategy: 'FifoStrategy',
    }),
  );

  const { code, errors } = await run('import-config', file);

  expect(code).toBe(1);
  expect(errors).toContain('queues[0].broker: "NewSqlQueueBroker" is not supported');
  expect(errors).toContain('queues[0].weight');
  expect(errors).toContain('queues[1].name: "a" is the name of an earlier queue');
  expect(errors).toContain('defaultQueue: "b" is not registered');
  expect(errors).toContain('task_selector_strategy: "FifoStrategy" is not a strategy');
  expect(existsSync(configPath)).toBe(false);
});

test('a queue that the settings do not have does not leave its tasks behind', async () => {
  const { run, configPath, wiring, env } = await aCli({
    queues: ['old', 'new'].map((name) => ({ name, weight: 1, broker: { type: 'sqs' } })),
  });
  await wiring.dispatcher.enqueue({ name: 'compute-statistics', parameters: { values: [1] } });
  const before = await readFile(configPath, 'utf8');
  const input = JSON.stringify({ queues: [{ name: 'new', broker: 'sqs' }] });

  const refused = await run(['import-config', '-'], { input, env });
  const afterwards = await readFile(configPath, 'utf8');
  const moved = await run(['import-config', '-', '--move', '--json'], { input, env });

  expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('"old" holds 1 task') });
  expect(afterwards).toBe(before);
  expect(moved).toMatchObject({ code: 0 });
  expect(JSON.parse(moved.output).moved).toMatchObject([{ queue: 'old', tasks: 1 }]);
  expect(await wiring.brokers.get('new')?.depth()).toMatchObject({ waiting: 1 });
});

test('what is no JSON, or not there, is one sentence', async () => {
  const { run } = await aCli();

  const php = await run(['import-config', '-'], { input: '<?php return [];' });
  const missing = await run(['import-config', 'nowhere.json']);
  const task = await run(['import-config', EXAMPLE, '--task', 'x=imprt-results']);

  // As PowerShell writes it.
  const marked = await run(['import-config', '-'], { input: '\uFEFF{' });

  expect(marked.errors).toContain('is not JSON: Expected property name');
  expect(php).toMatchObject({ code: 1, errors: expect.stringContaining('is not JSON') });
  expect(missing).toMatchObject({ code: 1, errors: expect.stringContaining('cannot be read') });
  expect(task).toMatchObject({ code: 2 });
  expect(task.errors).toContain('Did you mean "import-results"?');
});
