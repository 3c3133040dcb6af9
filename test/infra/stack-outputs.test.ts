import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { createStacks } from '../../infra/stacks/create-stacks.ts';
import { parseConfig, persistencesOf } from '../../shared/config/config.ts';
import { resourcesFrom } from '../../shared/deployment/resources.ts';
import { resourcesOfOutputs } from '../../shared/deployment/stack-outputs.ts';
import { createApp, SYNTH_TIMEOUT_MS } from './synthesize.ts';

const settings = (settings: object) => parseConfig(settings, 'stack-outputs.test.ts');
const queue = (name: string, broker: object) => ({ name, weight: 1, broker });
const SQS = { type: 'sqs' };
const POSTGRES = { type: 'postgres', persistence: 'default' };

const ON_SQS = settings({
  queues: ['priority', 'TaskLog', 'background'].map((name) => queue(name, SQS)),
});
const MIXED = settings({ queues: [queue('priority', SQS), queue('background', POSTGRES)] });
const ON_SQL = settings({
  queues: [queue('priority', POSTGRES), queue('background', { ...POSTGRES, persistence: 'other' })],
  taskLog: POSTGRES,
});

type Intrinsic = {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [string, string];
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
};

/** Resolves a value as CloudFormation would. Every address here names its resource. */
function resolved(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Intrinsic;
  if (Ref !== undefined) return `https://example.com/${Ref}`;
  if (attribute) return attribute.join('.');
  if (join) return join[1].map(resolved).join(join[0]);
  throw new Error(`CloudFormation would have to resolve ${JSON.stringify(value)}`);
}

test.each([
  ['SQS', ON_SQS],
  ['SQS and PostgreSQL', MIXED],
  ['PostgreSQL', ON_SQL],
])(
  'on %s the outputs of the Data stack lead the command line to what the other stacks work with',
  (_case, config) => {
    const { data } = createStacks(createApp(), config);
    const { Outputs } = Template.fromStack(data).toJSON() as {
      Outputs: Record<string, { Value: unknown }>;
    };

    const found = resourcesOfOutputs(
      Object.entries(Outputs).map(([key, { Value }]) => ({ key, value: resolved(Value) })),
    );

    const told = resolved(data.resolve(data.toJsonString(data.store.resources)));
    expect(JSON.parse(found ?? '')).toEqual(JSON.parse(told));
    const { queues, bucket, databases } = resourcesFrom({ TASK_QUEUE_RESOURCES: found }, config);
    const onSqs = config.queues.filter(({ broker }) => broker.type === 'sqs');
    expect(Object.keys(queues)).toEqual(onSqs.map(({ name }) => name));
    expect(new Set(Object.values(queues).map(({ url }) => url)).size).toBe(onSqs.length);
    expect(Object.keys(databases ?? {})).toEqual(persistencesOf(config));
    expect(bucket).toBeDefined();
  },
  SYNTH_TIMEOUT_MS,
);

test('outputs of another stack lead nowhere', () => {
  expect(resourcesOfOutputs([{ key: 'ApiUrl', value: 'https://example.com' }])).toBeUndefined();
});
