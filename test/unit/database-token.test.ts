import { afterEach, expect, test, vi } from 'vitest';
import { databaseTokens } from '../../shared/aws/signed-http.ts';

const URL_OF_DATABASE =
  'postgres://task_queue@tasks.cluster-abc.eu-central-1.rds.amazonaws.com:55432/task_queue';

// @aws-sdk/rds-signer 3.1169.0 signs this with these keys at this moment.
const HEAD =
  'tasks.cluster-abc.eu-central-1.rds.amazonaws.com:55432/?Action=connect&DBUser=task_queue' +
  '&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Feu-central-1%2Frds-db%2Faws4_request' +
  '&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900';
const TOKENS = {
  plain: `${HEAD}&X-Amz-Signature=66e8c68b2b4c41bb0bfdfdfa8657e2d0f8b0040cd98e8b2fd17111128a0b3801&X-Amz-SignedHeaders=host`,
  ofSession: `${HEAD}&X-Amz-Security-Token=a%2Fsession%2Btoken%3D&X-Amz-Signature=965fde5fe06d2a4caf6a8eb433e0976e371e3d9a0cd3496ab3b5c4f04deabd3b&X-Amz-SignedHeaders=host`,
};

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };

afterEach(() => vi.useRealTimers());

test.each([
  ['a user', KEYS, TOKENS.plain],
  ['a role', { ...KEYS, sessionToken: 'a/session+token=' }, TOKENS.ofSession],
])('the token of %s is the one that AWS’s own signer makes', async (_case, credentials, token) => {
  vi.useFakeTimers({ now: new Date('2026-01-02T03:04:05Z'), toFake: ['Date'] });

  const newToken = databaseTokens(URL_OF_DATABASE, { region: 'eu-central-1', credentials });

  expect(await newToken()).toBe(token);
});

test('each connection gets a token of its own time, signed with the keys of that time', async () => {
  vi.useFakeTimers({ now: new Date('2026-01-02T03:04:05Z'), toFake: ['Date'] });
  const keys = [KEYS, { ...KEYS, accessKeyId: 'AKIDLATER' }];
  const credentials = async () => keys.shift() ?? KEYS;
  const newToken = databaseTokens(URL_OF_DATABASE, { region: 'eu-central-1', credentials });

  const first = await newToken();
  vi.setSystemTime(new Date('2026-01-02T04:00:00Z'));
  const second = await newToken();

  expect(first).toContain('X-Amz-Date=20260102T030405Z');
  expect(second).toContain('X-Amz-Date=20260102T040000Z');
  expect(second).toContain('AKIDLATER');
});
