import { describe, expect, test } from 'vitest';
import { parseConfig, type TaskQueueConfig } from '../../shared/config/config.ts';
import { corsPolicyOf } from '../../shared/deployment/cors.ts';
import { ConfigInvalidError, type FieldProblem } from '../../shared/errors.ts';

const QUEUES = [{ name: 'main', weight: 1, broker: { type: 'sqs' } }];
const ISSUER = { type: 'jwt', issuer: 'https://id.example.com/pool', audience: ['task-queue'] };

const parse = (settings: object): TaskQueueConfig =>
  parseConfig({ queues: QUEUES, ...settings }, 'of a test');

function problemsOf(settings: object): readonly FieldProblem[] {
  try {
    parse(settings);
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error.problems;
  }
  throw new Error('it was not refused');
}

describe('auth', () => {
  test.each([
    ['nothing', undefined, { type: 'iam', admins: [] }],
    ['admins alone', { admins: ['arn:x*'] }, { type: 'iam', admins: ['arn:x*'] }],
    ['an issuer', ISSUER, { ...ISSUER, ownerClaim: 'sub', adminScope: 'task-queue/admin' }],
    [
      'all of JWT',
      { ...ISSUER, ownerClaim: 'email', adminScope: 'boss' },
      { ...ISSUER, ownerClaim: 'email', adminScope: 'boss' },
    ],
  ])('%s is enough, the rest has defaults', (_case, auth, expected) => {
    expect(parse({ auth }).auth).toEqual(expected);
  });

  test.each([
    ['a type that does not exist', { type: 'basic' }, 'auth.type', 'a "type" of: iam, jwt'],
    ['a word', 'jwt', 'auth', 'a "type" of: iam, jwt'],
    [
      'a setting of the other type',
      { type: 'iam', issuer: 'https://id.example.com' },
      'auth',
      'unknown "issuer"; accepted: type, admins',
    ],
    [
      'an issuer without encryption',
      { ...ISSUER, issuer: 'http://id.example.com' },
      'auth.issuer',
      'https://',
    ],
    ['no audience', { ...ISSUER, audience: [] }, 'auth.audience', 'at least one'],
    ['an owner without a claim', { ...ISSUER, ownerClaim: '' }, 'auth.ownerClaim', '>=1'],
    ['two scopes in one', { ...ISSUER, adminScope: 'a b' }, 'auth.adminScope', 'one scope'],
  ])('refuses %s, saying where and what is accepted', (_case, auth, path, message) => {
    expect(problemsOf({ auth })).toEqual([{ path, message: expect.stringContaining(message) }]);
  });
});

describe('api', () => {
  test('no page of another origin may call unless the configuration says so', () => {
    const config = parse({});

    expect(config.api).toEqual({ throttle: { ratePerSecond: 500, burst: 1000 } });
    expect(corsPolicyOf(config)).toBeUndefined();
  });

  test.each([
    ['iam', {}, ['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token']],
    ['jwt', ISSUER, []],
  ])(
    'pages of an allowed origin may use every method, and send what %s asks for',
    (_type, auth, headers) => {
      const cors = { allowOrigins: ['https://app.example.com'] };

      expect(corsPolicyOf(parse({ auth, api: { cors } }))).toEqual({
        allowOrigins: ['https://app.example.com'],
        allowMethods: expect.arrayContaining(['GET', 'POST']),
        allowHeaders: ['authorization', 'content-type', 'idempotency-key', ...headers],
        exposeHeaders: ['idempotency-replayed', 'location'],
        allowCredentials: false,
        maxAgeSeconds: 300,
      });
    },
  );

  test.each(['*', 'https://*', 'http://*', 'http://localhost:5173', 'https://a-b.example.com'])(
    'takes the origin %s',
    (origin) => {
      const { cors } = parse({ api: { cors: { allowOrigins: [origin] } } }).api;

      expect(cors?.allowOrigins).toEqual([origin]);
    },
  );

  test.each([
    'https://app.example.com/',
    'https://App.example.com',
    'app.example.com',
    'https://*.example.com',
    'null',
    '',
  ])('refuses the origin "%s", which no browser sends or API Gateway does not know', (origin) => {
    const problems = problemsOf({ api: { cors: { allowOrigins: [origin] } } });

    expect(problems).toEqual([
      {
        path: 'api.cors.allowOrigins[0]',
        message: expect.stringContaining('like https://app.example.com, or one of *'),
      },
    ]);
  });

  test('names everything that is wrong at once', () => {
    const api = {
      cors: { allowOrigins: ['https://*'], allowCredentials: true, maxAgeSeconds: 86_401 },
      throttle: { ratePerSecond: 0, burst: 1.5, rate: 1 },
    };

    const problems = problemsOf({ auth: { type: 'jwt', admins: [] }, api });

    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      'api.cors.allowCredentials',
      'api.cors.maxAgeSeconds',
      'api.throttle',
      'api.throttle.burst',
      'api.throttle.ratePerSecond',
      'auth',
      'auth.audience',
      'auth.issuer',
    ]);
  });
});
