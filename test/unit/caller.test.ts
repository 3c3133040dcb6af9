import { describe, expect, test } from 'vitest';
import { callerOf } from '../../functions/api/caller.ts';
import { RequestError } from '../../functions/api/problem.ts';
import { ARN, IAM, JWT } from '../support/an-api.ts';

/** A request context as API Gateway's JWT authorizer makes it: every claim is text. */
const aToken = (claims: Record<string, string>) => ({ authorizer: { jwt: { claims } } });

function refusalOf(action: () => unknown): RequestError {
  try {
    action();
  } catch (error) {
    if (error instanceof RequestError) return error;
  }
  throw new Error('it was not refused');
}

describe('the owner in a token', () => {
  test('is its subject, unless another claim is configured', () => {
    const token = aToken({ sub: 'auth0|7', 'https://example.com/person': 'ann' });
    const ownerClaim = 'https://example.com/person';

    expect(callerOf(token, JWT)).toEqual({ owner: 'auth0|7', isAdmin: false });
    expect(callerOf(token, { ...JWT, ownerClaim }).owner).toBe('ann');
  });

  test.each([
    ['without the claim', 'sub', {}],
    ['with an empty claim', 'sub', { sub: '' }],
    ['whose claim was a list, in which spaces tell nothing any more', 'sub', { sub: '[ann ben]' }],
    ['whose claim is longer than an owner may be', 'sub', { sub: 'x'.repeat(1025) }],
    ['whose claim has more bytes than an owner may have', 'sub', { sub: 'ü'.repeat(513) }],
    ['whose claim is no Unicode', 'sub', { sub: 'ann\ud800' }],
    ['whose claim has the name of what every object has', 'constructor', {}],
  ])('a token %s is refused with 401', (_case, ownerClaim, claims) => {
    const { code, message } = refusalOf(() =>
      callerOf(aToken({ ...claims, scope: JWT.adminScope }), { ...JWT, ownerClaim }),
    );

    expect(code).toBe('OWNER_CLAIM_INVALID');
    expect(message).toContain(`"${ownerClaim}"`);
  });

  test('may be as long as the longest ARN', () => {
    const sub = 'x'.repeat(1024);

    expect(callerOf(aToken({ sub }), JWT).owner).toBe(sub);
  });
});

describe('an admin', () => {
  test.each([
    ['as the only scope', { scope: 'task-queue/admin' }, true],
    ['among others', { scope: 'openid task-queue/admin email' }, true],
    ['as scp', { scp: 'openid task-queue/admin' }, true],
    ['in a list, as API Gateway writes it', { scp: '[openid task-queue/admin]' }, true],
    ['in a list of one', { scope: '[task-queue/admin]' }, true],
    ['not at all', { scope: 'openid' }, false],
    ['only as the beginning of another', { scope: 'task-queue/administer' }, false],
    ['only as the end of another', { scope: 'not-task-queue/admin' }, false],
    ['in another case', { scope: 'Task-Queue/Admin' }, false],
    ['in a claim that is none of scopes', { groups: '[task-queue/admin]' }, false],
  ])('has the scope: %s', (_case, claims, isAdmin) => {
    expect(callerOf(aToken({ sub: 'ann', ...claims }), JWT)).toEqual({ owner: 'ann', isAdmin });
  });

  test('is whom another scope names, if one is configured', () => {
    const token = aToken({ sub: 'ann', scope: 'boss' });

    expect(callerOf(token, { ...JWT, adminScope: 'boss' }).isAdmin).toBe(true);
  });

  test('by ARN is none by scope, and the other way round', () => {
    const iam = { authorizer: { iam: { userArn: `${ARN}root` }, jwt: { claims: { sub: 'x' } } } };

    expect(callerOf(iam, IAM)).toEqual({ owner: `${ARN}root`, isAdmin: true });
    expect(callerOf(iam, JWT)).toEqual({ owner: 'x', isAdmin: false });
  });
});

test.each([
  ['no authoriser at all', {}],
  ['the authoriser that is not configured', { authorizer: {} }],
])('a request that passed %s is refused with 401', (_case, context) => {
  expect(refusalOf(() => callerOf(context, IAM)).code).toBe('UNAUTHENTICATED');
  expect(refusalOf(() => callerOf(context, JWT)).code).toBe('UNAUTHENTICATED');
});

test('a token is not accepted where requests are signed, nor a signature where tokens are sent', () => {
  const signed = { authorizer: { iam: { userArn: `${ARN}ann` } } };

  expect(refusalOf(() => callerOf(aToken({ sub: 'ann' }), IAM)).code).toBe('UNAUTHENTICATED');
  expect(refusalOf(() => callerOf(signed, JWT)).code).toBe('UNAUTHENTICATED');
});
