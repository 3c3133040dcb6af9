import { expect, test } from 'vitest';
import { awsSettings } from '../../functions/wiring/aws-settings.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

test('keys and region of the variables are those of a client', () => {
  expect(awsSettings({ ...KEYS, AWS_SESSION_TOKEN: 'token', AWS_REGION: 'eu-west-1' })).toEqual({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' },
  });
});

test('a profile wins over keys, without a warning about them', () => {
  const { logger, ...settings } = awsSettings({ ...KEYS, AWS_PROFILE: 'ops' });

  expect(settings).toEqual({ profile: 'ops' });
  expect(logger?.warn()).toBeUndefined();
});

test.each([
  ['an empty profile', { AWS_PROFILE: '', ...KEYS }, { credentials: { accessKeyId: 'id' } }],
  ['half of the keys', { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: '' }, {}],
])('%s counts as unset', (_case, env, expected) => {
  expect(awsSettings(env)).toMatchObject(expected);
  expect(awsSettings(env)).not.toHaveProperty('profile');
});

test('for the environment of the process the SDK looks itself', () => {
  expect(awsSettings(process.env)).toEqual({});
});
