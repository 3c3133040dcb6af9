import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { afterAll, expect, test } from 'vitest';
import { settingsOf, type TaskQueueProps } from '../../infra/constructs/task-queue-props.ts';

const tasks = mkdtempSync(join(tmpdir(), 'task-queue-tasks-'));
for (const name of ['contracts', 'handlers']) {
  writeFileSync(join(tasks, `${name}.ts`), `export const ${name} = [];`);
}
afterAll(() => rmSync(tasks, { recursive: true }));

const queue = (broker: { type: 'sqs' } | { type: 'postgres'; persistence: string }) => [
  { name: 'main', weight: 1, broker },
];

function setup(props: Partial<TaskQueueProps> = {}) {
  const stack = new Stack(new App(), 'Test');
  // CDK is not compiled with exactOptionalPropertyTypes.
  const network = { vpc: new Vpc(stack, 'Vpc') as IVpc };
  return settingsOf(stack, { tasks, queues: queue({ type: 'sqs' }), network, ...props });
}

test('workers may be in a network of the app, where nothing is on PostgreSQL', () => {
  expect(setup().config.queues).toHaveLength(1);
});

test('with anything on PostgreSQL they are where the databases are: another network is refused', () => {
  const queues = queue({ type: 'postgres', persistence: 'default' });

  expect(() => setup({ queues })).toThrow(/network: must be left out/);
});

test('one error lists every problem', () => {
  const props = { xray: true, otlpEndpoint: 'nowhere', tasks: '/elsewhere' };

  expect(() => setup(props)).toThrow(/otlpEndpoint: .*\n.*contracts.ts.*\n.*handlers.ts/s);
});
