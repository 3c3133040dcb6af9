import { writeFile } from 'node:fs/promises';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { DeleteQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect, test, vi } from 'vitest';
import type { Finding } from '../../shared/check/finding.ts';
import { dynamodbClient, sqsClient } from '../support/aws.ts';
import { aCli } from '../support/cli.ts';

// Each starts processes, on a machine that others use too.
vi.setConfig({ testTimeout: 60_000 });

const queue = (name: string) => ({ name, weight: 1, broker: { type: 'sqs' } });

test('warnings alone end with 0; what was looked at, and what was not, is said', async () => {
  const { run } = await aCli();

  const { code, output } = await run(['check']);

  expect(code).toBe(0);
  expect(output).toMatch(/checked: configuration, \d+ tasks, queue "main", table "/);
  expect(output).toContain('not checked: permissions to send, receive and write');
  expect(output).toContain('0 errors');
});

test('a strategy that nobody has is an error, in the configuration and in the live settings', async () => {
  const { run, configPath, config, wiring } = await aCli();
  await wiring.control.write(0, { strategy: 'gone' }, 'a test');
  const live = await run(['check', '--json']);
  await writeFile(configPath, JSON.stringify({ ...config, strategy: 'lightest' }));
  const configured = await run(['check', '--json']);

  const errorsOf = ({ output }: { output: string }) =>
    (JSON.parse(output) as { findings: Finding[] }).findings.filter(
      ({ severity }) => severity === 'error',
    );
  const named = (name: string) => expect.stringContaining(`"${name}" is unknown; expected one of`);
  expect(errorsOf(live)).toMatchObject([{ subject: 'live settings', message: named('gone') }]);
  expect(errorsOf(configured)).toMatchObject([
    { subject: 'configuration', message: named('lightest') },
  ]);
});

test('one run finds every problem and says how to fix it', async () => {
  const { run, resources, configPath, config, wiring } = await aCli({
    queues: ['gone', 'changed', 'left'].map(queue),
    taskQueues: { 'improt-results': 'gone', 'compute-statistics': 'left' },
  });
  await wiring.dispatcher.enqueue({ name: 'compute-statistics', parameters: { values: [1] } });
  await wiring.control.write(0, { queues: { left: { weight: 3 } } }, 'a test');
  const sqs = sqsClient();
  await sqs.send(new DeleteQueueCommand({ QueueUrl: resources.queues['gone']?.url }));
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: resources.queues['changed']?.url,
      Attributes: { VisibilityTimeout: '7' },
    }),
  );
  const queues = config.queues.filter(({ name }) => name !== 'left');
  const taskQueues = { 'improt-results': 'gone' };
  await writeFile(
    configPath,
    JSON.stringify({ ...config, queues: [...queues, queue('new')], taskQueues }),
  );

  const { code, output } = await run(['check', '--json']);

  expect(code).toBe(1);
  const { ok, findings } = JSON.parse(output) as { ok: boolean; findings: Finding[] };
  expect(ok).toBe(false);
  const errors = findings.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ subject, message }) => `${subject}: ${message}`).sort()).toEqual([
    'live settings: queues.left is not a queue that workers serve; they serve: gone, changed, new',
    'queue "gone": it does not exist',
    'queue "left": it has 1 task (1 waiting), and no worker looks there any more',
    'queue "new": the configuration names it, but its address is unknown',
    'task "improt-results": taskQueues names it, but there is no such task. Did you mean "import-results"?',
  ]);
  expect(findings).toContainEqual(
    expect.objectContaining({
      severity: 'warning',
      subject: 'queue "changed"',
      message: expect.stringContaining('7 s'),
    }),
  );
  expect(findings.every(({ fix }) => fix !== '')).toBe(true);
});

test('a configuration that is invalid, and a table that is gone, are findings and no stack trace', async () => {
  const { run, configPath, resources } = await aCli();
  await dynamodbClient().send(new DeleteTableCommand({ TableName: resources.table }));
  const table = await run(['check']);
  await writeFile(configPath, '{"queues":[],"colour":"red"}');

  const config = await run(['check']);

  expect(table).toMatchObject({ code: 1, errors: '' });
  expect(table.output).toContain(`table "${resources.table}": it does not exist`);
  expect(config).toMatchObject({ code: 1, errors: '' });
  expect(config.output).toContain('configuration: queues: at least one queue is needed');
  expect(config.output).toContain('unknown "colour"');
});

test('servers that are away are findings', async () => {
  const { run } = await aCli();

  const { code, output } = await run(['check'], {
    env: { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9' },
  });

  expect(code).toBe(1);
  expect(output).toContain('queue "main": it cannot be reached');
  expect(output).toContain('ECONNREFUSED');
});
