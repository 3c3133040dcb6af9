import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, test } from 'vitest';
import { RESOURCES_VARIABLE, type Resources, tableOf } from '../../shared/deployment/resources.ts';
import { type Reaction, serverThat } from '../support/answering-server.ts';
import { sqsClient } from '../support/aws.ts';
import { aCli } from '../support/cli.ts';
import { cloudformationWith, refusal } from '../support/cloudformation-server.ts';

let cli: Awaited<ReturnType<typeof aCli>>;

beforeAll(async () => {
  cli = await aCli();
  const QueueUrl = cli.resources.queues['main']?.url;
  await sqsClient().send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
});

/** As the Data stack tells of itself. */
const outputsOf = ({ queues, bucket, ...resources }: Resources) => ({
  TableName: tableOf(resources),
  Bucket: JSON.stringify(bucket),
  ...Object.fromEntries(
    Object.entries(queues).map(([name, address], index) => [
      `Queue${index}`,
      JSON.stringify({ name, ...address }),
    ]),
  ),
});

/** `queues` of a stack that a CloudFormation knows, or does not. Nothing else says where they are. */
const queuesOf = (url: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  cli.run(['queues', '--json', ...args], {
    env: {
      [RESOURCES_VARIABLE]: undefined,
      AWS_ENDPOINT_URL_CLOUDFORMATION: url,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    },
  });

const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
const FILES = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };

describe('--stack', () => {
  test.each(['dev-TaskQueue-Data', 'dev-TaskQueue'])('finds a stack as %s', async (name) => {
    const { url, seen } = await cloudformationWith({
      'dev-TaskQueue-Data': outputsOf(cli.resources),
    });

    const { code, output } = await queuesOf(url, ['--stack', name, '--region', 'eu-central-1']);

    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ queues: [{ name: 'main', depth: { waiting: 1 } }] });
    expect(seen[0]?.request.headers.authorization).toContain('/eu-central-1/cloudformation/');
  });

  test('goes before the resources that a variable names', async () => {
    const { url } = await cloudformationWith({ TaskQueue: outputsOf(cli.resources) });

    const { code } = await queuesOf(url, ['--stack', 'TaskQueue'], { [RESOURCES_VARIABLE]: '{}' });

    expect(code).toBe(0);
  });

  test('with --aws-profile signs with the keys of that profile, whatever keys are in the environment', async () => {
    const { url, seen } = await cloudformationWith({ TaskQueue: outputsOf(cli.resources) });
    const file = join(await mkdtemp(join(tmpdir(), 'task-queue-profile-')), 'credentials');
    await writeFile(
      file,
      '[default]\naws_access_key_id=other\naws_secret_access_key=x\n[ops]\naws_access_key_id=OPSKEY\naws_secret_access_key=x\n',
    );

    const { code, errors } = await queuesOf(url, ['--stack', 'TaskQueue', '--aws-profile', 'ops'], {
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: file,
    });

    expect(errors).toBe('');
    expect(code).toBe(0);
    expect(seen[0]?.request.headers.authorization).toContain('Credential=OPSKEY/');
  });

  test.each([
    ['a stack that does not exist', {}],
    ['a stack of something else', { TaskQueue: { WebsiteUrl: 'https://example.com' } }],
    ['a stack without outputs', { TaskQueue: {} }],
  ])('says of %s that it is none of ours, and where to look', async (_case, stacks) => {
    const { url } = await cloudformationWith(stacks);

    const { code, errors } = await queuesOf(url, ['--stack', 'TaskQueue']);

    expect(code).toBe(1);
    expect(errors).toBe(
      'There is no stack "TaskQueue" or "TaskQueue-Data" of a task queue in this account and region.\n' +
        'Check `aws cloudformation list-stacks`, --aws-profile and --region.\n',
    );
  });

  test('names the queues of the configuration that the stack does not have', async () => {
    const { TableName } = outputsOf(cli.resources);
    const { url } = await cloudformationWith({ TaskQueue: { TableName } });

    const { code, errors } = await queuesOf(url, ['--stack', 'TaskQueue']);

    expect(code).toBe(1);
    expect(errors).toContain('no address for: main');
  });
});

const DENIED =
  'User: arn:aws:iam::123456789012:user/dev is not authorized to perform: cloudformation:DescribeStacks';

describe('when the stack cannot be looked up, it says why and what to do', () => {
  test.each<[string, Reaction, string, string]>([
    [
      'credentials without permission',
      refusal(403, 'AccessDenied', DENIED),
      `because: AccessDenied: ${DENIED}`,
      'Allow the action for these credentials, or use others: --aws-profile.',
    ],
    [
      'an expired session',
      refusal(403, 'ExpiredToken', 'The security token included in the request is expired'),
      'because: ExpiredToken: The security token included in the request is expired',
      'Sign in again',
    ],
    [
      'keys that AWS does not know',
      refusal(
        403,
        'InvalidClientTokenId',
        'The security token included in the request is invalid.',
      ),
      'because: InvalidClientTokenId: ',
      'aws sts get-caller-identity',
    ],
    [
      'too many requests',
      refusal(400, 'Throttling', 'Rate exceeded'),
      'because: Throttling: Rate exceeded',
      'Try again in a minute.',
    ],
  ])('%s', async (_case, reaction, reason, advice) => {
    const { url } = await serverThat(reaction);

    const { code, errors } = await queuesOf(url, ['--stack', 'TaskQueue']);

    expect(code).toBe(1);
    expect(errors).toContain('The stack "TaskQueue" could not be looked up.');
    expect(errors).toContain(reason);
    expect(errors).toContain(advice);
    expect(errors).not.toContain('    at ');
  });

  test('no region', async () => {
    const env = { ...FILES, AWS_REGION: undefined };

    const { code, errors } = await queuesOf('http://127.0.0.1:9', ['--stack', 'TaskQueue'], env);

    expect(code).toBe(1);
    expect(errors).toContain('Specify the region with --region, or set AWS_REGION.');
  });

  test('no credentials at all', async () => {
    const env = { ...FILES, ...NO_KEYS };

    const { code, errors } = await queuesOf('http://127.0.0.1:9', ['--stack', 'TaskQueue'], env);

    expect(code).toBe(1);
    expect(errors).toContain('because: CredentialsProviderError: ');
    expect(errors).toContain('set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  });

  test('a profile that does not exist', async () => {
    const args = ['--stack', 'TaskQueue', '--aws-profile', 'misspelt'];

    const { code, errors } = await queuesOf('http://127.0.0.1:9', args, FILES);

    expect(code).toBe(1);
    expect(errors).toContain('could not be looked up with profile "misspelt".');
    expect(errors).toContain('aws configure list-profiles');
  });
});
