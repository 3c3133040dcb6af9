import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { createStacks } from '../../infra/stacks/create-stacks.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { allResources, type PlacedResource, withoutHash } from './all-templates.ts';
import { createApp, SYNTH_TIMEOUT_MS } from './synthesize.ts';

beforeAll(() => void allResources(), 2 * SYNTH_TIMEOUT_MS);

/** Resource types that hold the only copy of data. */
const STATEFUL = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::SecretsManager::Secret',
];

/** Resources that are deleted with their stack, each with its reason. */
const MAY_GO: readonly { readonly what: RegExp; readonly why: string }[] = [
  { what: /AWS::Logs::LogGroup/, why: 'logs, which are forgotten after a month in any case' },
  {
    what: /TableStreamDeadLetterQueue/,
    why: 'positions in the stream, which forgets them in a day; task-queue stats repair recounts',
  },
  { what: /AlarmTopicKey/, why: 'messages about alarms, which are e-mails by then' },
];

const stateful = (): PlacedResource[] =>
  allResources().filter(({ Type }) => STATEFUL.includes(Type));

const nameOf = ({ Type, logicalId }: PlacedResource): string => `${Type} ${logicalId}`;

/** Those of one deployment that stay. Changing a line here is to throw away somebody's data. */
const PINNED = {
  'dynamodb-spot-iam': [
    'AWS::DynamoDB::GlobalTable TaskLogTable51A46A66',
    'AWS::S3::Bucket FilesBucket7C17EE2E',
    'AWS::SQS::Queue QueuebackgroundDeadLetterQueue54CEBCAA',
    'AWS::SQS::Queue QueuebackgroundQueue87E0D973',
    'AWS::SQS::Queue QueuepriorityDeadLetterQueueED089287',
    'AWS::SQS::Queue QueuepriorityQueue5D0502F2',
    'AWS::SQS::Queue QueuestandardDeadLetterQueue11E1AF7B',
    'AWS::SQS::Queue QueuestandardQueueA9BE7407',
  ],
  'aurora-spot-iam': [
    'AWS::RDS::DBCluster DatabasedefaultCluster8DF213D5',
    'AWS::RDS::DBInstance DatabasedefaultClusterWriterD820B923',
    'AWS::S3::Bucket FilesBucket7C17EE2E',
    'AWS::SecretsManager::Secret TaskQueueDataDatabasedefaultClusterSecret4A4F0AD23fdaad7efa858a3daf9490cf0a702aeb',
  ],
  'mixed-every-choice': [
    'AWS::DynamoDB::GlobalTable TaskLogTable51A46A66',
    'AWS::KMS::Key DataKey2A0DE9E6',
    'AWS::RDS::DBCluster DatabasedefaultCluster8DF213D5',
    'AWS::RDS::DBInstance DatabasedefaultClusterWriterD820B923',
    'AWS::S3::Bucket FilesBucket7C17EE2E',
    'AWS::SQS::Queue QueuepriorityDeadLetterQueueED089287',
    'AWS::SQS::Queue QueuepriorityQueue5D0502F2',
    // CDK puts the stack's name into this one, the stage's with it.
    'AWS::SecretsManager::Secret devTaskQueueDataDatabasedefaultClusterSecretE32D0F773fdaad7efa858a3daf9490cf0a702aeb',
  ],
} as const;

describe('when a stack is deleted, or a queue leaves the configuration,', () => {
  test('every resource that holds data is retained, except those listed with a reason', () => {
    const going = stateful()
      .filter(({ DeletionPolicy, UpdateReplacePolicy }) =>
        [DeletionPolicy, UpdateReplacePolicy].some((policy) => policy !== 'Retain'),
      )
      .map(nameOf)
      .filter((name) => !MAY_GO.some(({ what }) => what.test(name)));

    expect([...new Set(going)]).toEqual([]);
  });

  test('nothing stays that may go by decision', () => {
    const names = stateful()
      .filter(({ DeletionPolicy }) => DeletionPolicy !== 'Retain')
      .map(nameOf);

    for (const { what } of MAY_GO) expect(names).toContainEqual(expect.stringMatching(what));
  });
});

describe('an upgrade replaces nothing that holds data, because it does not change', () => {
  test.each(Object.entries(PINNED))('its logical ids: %s', (deployment, expected) => {
    const kept = stateful()
      .filter((resource) => resource.deployment === deployment)
      .map(nameOf)
      .filter((name) => !MAY_GO.some(({ what }) => what.test(name)));

    expect(kept.sort()).toEqual(expected);
  });

  test('they are the same with every option, except the name of the stage', () => {
    for (const data of ['dynamodb', 'aurora', 'mixed']) {
      const { size, ids } = idsOfChoices(data);

      expect(size).toBe(5);
      expect(ids.size).toBe(1);
    }
  });

  test.each([
    ['AWS::DynamoDB::GlobalTable', ['KeySchema', 'TableName']],
    ['AWS::S3::Bucket', ['BucketName']],
    ['AWS::SQS::Queue', ['FifoQueue', 'QueueName']],
    ['AWS::KMS::Key', ['KeySpec', 'KeyUsage']],
    [
      'AWS::RDS::DBCluster',
      ['DatabaseName', 'DBClusterIdentifier', 'KmsKeyId', 'MasterUsername', 'StorageEncrypted'],
    ],
    ['AWS::RDS::DBInstance', ['DBInstanceIdentifier', 'Engine']],
    ['AWS::SecretsManager::Secret', ['Name']],
  ])('the properties of %s for which CloudFormation would make another', (type, names) => {
    const found = stateful()
      .filter(({ Type }) => Type === type)
      .map(({ Properties }) => names.map((name) => [name, Properties?.[name]]));

    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map((values) => JSON.stringify(values))).size).toBe(1);
    expect(Object.fromEntries(found[0] ?? [])).toMatchSnapshot();
  });
});

/** Ids of resources that hold tasks, in every deployment of that kind, and of the opt-in key. */
function idsOfChoices(data: string) {
  const tasks = stateful().filter(({ Type }) => /DynamoDB|DBCluster|S3|SQS/.test(Type));
  const byDeployment = Map.groupBy(
    tasks.filter(({ deployment }) => deployment.startsWith(data)),
    ({ deployment }) => deployment,
  );
  const ids = [...byDeployment.values()].map((each) => each.map(nameOf).join());
  return { size: ids.length, ids: new Set(ids) };
}

/** Logical ids of the queues with that name, for a configuration with these. */
function idsOf(name: string, ...queues: string[]): string[] {
  const config = parseConfig(
    { queues: queues.map((each) => ({ name: each, weight: 1, broker: { type: 'sqs' } })) },
    'upgrades.test.ts',
  );
  const { data } = createStacks(createApp(), config);
  return Object.keys(Template.fromStack(data).findResources('AWS::SQS::Queue'))
    .filter((id) => withoutHash(id).startsWith(`Queue${name}`))
    .sort();
}

test('a queue that comes, goes, or changes places leaves the others what they are', () => {
  const before = idsOf('urgent', 'urgent', 'standard', 'late');

  expect(before).toHaveLength(2);
  expect(idsOf('urgent', 'new', 'urgent', 'standard', 'late')).toEqual(before);
  expect(idsOf('urgent', 'late', 'urgent')).toEqual(before);
});
