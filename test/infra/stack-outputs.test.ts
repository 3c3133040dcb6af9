import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { createStacks } from '../../infra/stacks/create-stacks.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { resourcesFrom } from '../../shared/config/resources.ts';
import { resourcesOfOutputs } from '../../shared/config/stack-outputs.ts';
import { createApp, SYNTH_TIMEOUT_MS } from './synthesize.ts';

const CONFIG = parseConfig(
  {
    queues: ['priority', 'TaskLog', 'background'].map((name) => ({
      name,
      weight: 1,
      broker: { type: 'sqs' },
    })),
  },
  'stack-outputs.test.ts',
);

type Intrinsic = {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [string, string];
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
};

/** What CloudFormation makes of a value: here, everything has an address that tells what it is of. */
function resolved(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Intrinsic;
  if (Ref !== undefined) return `https://example.com/${Ref}`;
  if (attribute) return attribute.join('.');
  if (join) return join[1].map(resolved).join(join[0]);
  throw new Error(`CloudFormation would have to resolve ${JSON.stringify(value)}`);
}

test(
  'the outputs of the Data stack lead the command line to what the other stacks work with',
  () => {
    const { data } = createStacks(createApp(), CONFIG);
    const { Outputs } = Template.fromStack(data).toJSON() as {
      Outputs: Record<string, { Value: unknown }>;
    };

    const found = resourcesOfOutputs(
      Object.entries(Outputs).map(([key, { Value }]) => ({ key, value: resolved(Value) })),
    );

    const told = resolved(data.resolve(data.toJsonString(data.resources)));
    expect(JSON.parse(found ?? '')).toEqual(JSON.parse(told));
    const { queues, bucket } = resourcesFrom({ TASK_QUEUE_RESOURCES: found }, CONFIG);
    expect(Object.keys(queues)).toEqual(['priority', 'TaskLog', 'background']);
    expect(new Set(Object.values(queues).map(({ url }) => url)).size).toBe(3);
    expect(bucket).toBeDefined();
  },
  SYNTH_TIMEOUT_MS,
);
