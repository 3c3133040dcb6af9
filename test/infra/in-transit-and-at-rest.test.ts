import { beforeAll, describe, expect, test } from 'vitest';
import { allResources, type PlacedResource } from './all-templates.ts';
import { allowedStatements } from './policy-statements.ts';
import { SYNTH_TIMEOUT_MS } from './synthesize.ts';

beforeAll(() => void allResources(), 2 * SYNTH_TIMEOUT_MS);

const KEPT_DATA = [
  'AWS::SQS::Queue',
  'AWS::DynamoDB::GlobalTable',
  'AWS::S3::Bucket',
  'AWS::Logs::LogGroup',
];
const EVERY_CHOICE = 'every-choice';

const ofType = (...types: string[]): PlacedResource[] =>
  allResources().filter(({ Type }) => types.includes(Type));

const idOf = ({ deployment, stack, logicalId }: PlacedResource): string =>
  `${deployment} ${stack} ${logicalId}`;

const propertiesOf = ({ Properties = {} }: PlacedResource) => Properties;

/** A policy that refuses everybody who comes without TLS. */
const refusesWithoutTls = (policy: unknown): boolean =>
  (JSON.stringify(policy) ?? '').includes(
    '"Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":',
  );

describe('on its way, in every template,', () => {
  test.each([
    [
      'queues, dead-letter queues among them,',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'Queues',
    ],
    ['buckets', 'AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'Bucket'],
    ['topics', 'AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'Topics'],
  ])('what is in %s is read and written by TLS only', (_what, type, policyType, property) => {
    const refusing = ofType(policyType)
      .filter((policy) => refusesWithoutTls(propertiesOf(policy)['PolicyDocument']))
      .flatMap((policy) =>
        ([propertiesOf(policy)[property]].flat() as { Ref: string }[]).map(({ Ref }) =>
          idOf({ ...policy, logicalId: Ref }),
        ),
      );

    const all = ofType(type).map(idOf);

    expect(all.length).toBeGreaterThan(0);
    expect(all.filter((id) => !refusing.includes(id))).toEqual([]);
  });

  test('what is in the table is, too', () => {
    const tables = ofType('AWS::DynamoDB::GlobalTable');

    expect(tables.length).toBeGreaterThan(0);
    expect(tables.filter(({ Properties }) => !refusesWithoutTls(Properties?.['Replicas']))).toEqual(
      [],
    );
  });

  test('what is in a database is, too, and processes check whom they talk to', () => {
    const groups = ofType('AWS::RDS::DBClusterParameterGroup');
    const urls = JSON.stringify(allResources()).match(/\?sslmode=[\w-]+/g) ?? [];

    expect(groups.length).toBeGreaterThan(0);
    for (const group of groups) {
      expect(propertiesOf(group)['Parameters']).toMatchObject({ 'rds.force_ssl': '1' });
    }
    expect(new Set(urls)).toEqual(new Set(['?sslmode=verify-full']));
  });
});

describe('at rest, in every template,', () => {
  test('everything is encrypted', () => {
    const encrypted: Readonly<Record<string, (properties: object) => boolean>> = {
      'AWS::SQS::Queue': (of) =>
        'KmsMasterKeyId' in of ||
        !('SqsManagedSseEnabled' in of) ||
        of.SqsManagedSseEnabled === true,
      'AWS::S3::Bucket': (of) => 'BucketEncryption' in of,
      'AWS::SNS::Topic': (of) => 'KmsMasterKeyId' in of,
      'AWS::RDS::DBCluster': (of) => 'StorageEncrypted' in of && of.StorageEncrypted === true,
    };

    const bare = ofType(...Object.keys(encrypted)).filter(
      (resource) => !encrypted[resource.Type]?.(propertiesOf(resource)),
    );

    expect(bare.map(idOf)).toEqual([]);
  });

  test('one key of the account encrypts messages, records, files and logs, if asked for', () => {
    const withKey = ofType(...KEPT_DATA).filter(({ deployment }) =>
      deployment.endsWith(EVERY_CHOICE),
    );

    expect(new Set(withKey.map(({ Type }) => Type))).toEqual(new Set(KEPT_DATA));
    for (const resource of withKey) {
      const own = JSON.stringify(propertiesOf(resource)).replaceAll(/PublishOutputFnGetAtt/g, '');
      expect(own).toMatch(/"KmsKeyId":|"KmsMasterKeyId":|"KMSMasterKeyID":|"KMSMasterKeyId":/);
      expect(own).toContain('DataKey');
    }
  });

  test('nothing depends on a key of the account if it is not asked for', () => {
    const others = allResources().filter(({ deployment }) => !deployment.endsWith(EVERY_CHOICE));

    expect(others.filter(({ Type }) => Type === 'AWS::KMS::Key')).toEqual([]);
    expect(JSON.stringify(others)).not.toContain('kms:');
  });

  test('every process may use that key, through the services that decrypt for it only', () => {
    const users = allowedStatements().filter(
      ({ type, actions }) => type === 'AWS::IAM::Policy' && actions.includes('kms:Decrypt'),
    );

    expect(new Set(users.map(({ where }) => where))).toEqual(
      new Set([
        'Api EnqueueRoleDefaultPolicy',
        'Api ManageRoleDefaultPolicy',
        'Api QueryRoleDefaultPolicy',
        'Api TableStreamConsumerRoleDefaultPolicy',
        'Worker WorkerTaskTaskRoleDefaultPolicy',
      ]),
    );
    for (const { resources, conditions } of users) {
      expect(resources).toEqual(['<DataKey.Arn>']);
      expect(JSON.stringify(conditions)).toContain('kms:ViaService');
    }
  });
});

test('every network logs its connections, if asked for', () => {
  const asked = allResources().filter(({ deployment }) => deployment.endsWith(EVERY_CHOICE));
  const networks = asked.filter(({ Type }) => Type === 'AWS::EC2::VPC').map(idOf);
  const logged = asked
    .filter(({ Type }) => Type === 'AWS::EC2::FlowLog')
    .map((log) =>
      idOf({ ...log, logicalId: (propertiesOf(log)['ResourceId'] as { Ref: string }).Ref }),
    );

  expect(networks.length).toBeGreaterThan(0);
  expect(logged.sort()).toEqual(networks.sort());
});

test('every request to the API is logged', () => {
  for (const stage of ofType('AWS::ApiGatewayV2::Stage')) {
    expect(propertiesOf(stage)['AccessLogSettings']).toHaveProperty('DestinationArn');
  }
});
