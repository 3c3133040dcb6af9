import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findTarget } from '../../functions/cli/kit/target.ts';
import { writeLocalDeployment } from '../../functions/local-deployment.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { RESOURCES_VARIABLE } from '../../shared/deployment/resources.ts';

const KEYS = {
  AWS_ACCESS_KEY_ID: 'stray',
  AWS_SECRET_ACCESS_KEY: 'stray',
  AWS_SESSION_TOKEN: 'stray',
};
const SERVERS = {
  AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:2',
};
const RESOURCES = { [RESOURCES_VARIABLE]: '{"queues":{}}' };
const config = parseConfig({ queues: [{ name: 'main', weight: 1, broker: { type: 'sqs' } }] }, '');

const aDirectory = (): string => mkdtempSync(join(tmpdir(), 'task-queue-target-'));

/** A directory where servers are noted: by `init`, or by a running `npm start`. */
function noted(deployment: { pid?: number; env?: Record<string, string> } = {}): string {
  const directory = aDirectory();
  const env = { ...SERVERS, ...RESOURCES };
  writeLocalDeployment({ configPath: 'task-queue.config.json', env, ...deployment }, directory);
  return directory;
}

const targetOf = (
  options: { awsProfile?: string; region?: string },
  env: NodeJS.ProcessEnv,
  directory = aDirectory(),
) => findTarget(options, config, { env, directory });

test.each([
  ['named resources', RESOURCES, aDirectory()],
  ['servers of the endpoint variables', SERVERS, aDirectory()],
  ['servers that init has noted', {}, noted()],
])(
  'on %s, --aws-profile wins over stray keys, and --region over the variable',
  async (_case, env, directory) => {
    const options = { awsProfile: 'ops', region: 'eu-central-1' };

    const target = await targetOf(options, { ...KEYS, AWS_REGION: 'us-east-1', ...env }, directory);

    expect(target?.env).toMatchObject({
      AWS_PROFILE: 'ops',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
    });
  },
);

test.each([
  ['nothing', aDirectory()],
  ['the stack that npm start runs', noted({ pid: process.pid })],
])('on %s, --region and --aws-profile are a mistake', async (_case, directory) => {
  const message = '--aws-profile and --region need --stack.';

  await expect(targetOf({ region: 'eu-west-1' }, {}, directory)).rejects.toThrow(message);
  await expect(targetOf({ awsProfile: 'ops' }, {}, directory)).rejects.toThrow(message);
});

test('endpoint variables name other servers than those noted: nothing was created there', async () => {
  const env = { ...SERVERS, AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9' };

  const target = await targetOf({}, env, noted());

  expect(target).toMatchObject({ title: 'http://127.0.0.1:9', resources: undefined });
});

test('while npm start runs here, endpoint variables do not lead anywhere else', async () => {
  const env = {
    AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  };

  const target = await targetOf({}, env, noted({ pid: process.pid }));

  expect(target).toMatchObject({ env: SERVERS, resources: { queues: {} } });
});

test('the environment of the process stays as it is', async () => {
  const before = { ...process.env };

  await findTarget({ awsProfile: 'ops', region: 'eu-central-1' }, config, {
    env: { ...process.env, ...SERVERS },
    directory: aDirectory(),
  });

  expect({ ...process.env }).toEqual(before);
});
