import { beforeAll, describe, expect, test } from 'vitest';
import { allResources } from './all-templates.ts';
import { ALLOWED_WILDCARDS, type AllowedWildcard } from './allowed-wildcards.ts';
import { type Allowed, allowedStatements } from './policy-statements.ts';
import { SYNTH_TIMEOUT_MS } from './synthesize.ts';

type Wildcard = { readonly where: string; readonly action: string; readonly resource: string };

beforeAll(() => void allResources(), 2 * SYNTH_TIMEOUT_MS);

const wildcardsIn = ({ where, actions, resources }: Allowed): Wildcard[] =>
  actions
    .flatMap((action) =>
      (resources.length > 0 ? resources : ['']).map((resource) => ({ where, action, resource })),
    )
    .filter(({ action, resource }) => `${action} ${resource}`.includes('*'));

const covers = (allowed: AllowedWildcard, { where, action, resource }: Wildcard): boolean =>
  allowed.where.test(where) && allowed.resource === resource && allowed.actions.includes(action);

const text = ({ where, action, resource }: Wildcard) => `${where}: ${action} on ${resource}`;

describe('the policies of all templates', () => {
  test('are looked at, those of roles, queues, buckets, keys and topics among them', () => {
    const types = new Set(allowedStatements().map(({ type }) => type));

    expect([...types]).toEqual(
      expect.arrayContaining(['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::KMS::Key']),
    );
  });

  test('allow no wildcard without a recorded reason', () => {
    const unexplained = allowedStatements()
      .flatMap(wildcardsIn)
      .filter((wildcard) => !ALLOWED_WILDCARDS.some((allowed) => covers(allowed, wildcard)));

    expect([...new Set(unexplained.map(text))]).toEqual([]);
  });

  test('need every reason that is recorded, for every action', () => {
    const wildcards = allowedStatements().flatMap(wildcardsIn);

    const stale = ALLOWED_WILDCARDS.flatMap((allowed) =>
      allowed.actions
        .filter(
          (action) => !wildcards.some((found) => covers({ ...allowed, actions: [action] }, found)),
        )
        .map((action) => `${allowed.where}: ${action} on ${allowed.resource}`),
    );

    expect(stale).toEqual([]);
  });

  test('allow nobody anything without naming who, and nobody outside of AWS and the account', () => {
    const named = /^[\w.<>:-]+\.amazonaws\.com$|^arn:<AWS::Partition>:iam::<AWS::AccountId>:root$/;

    const principals = new Set(allowedStatements().flatMap((statement) => statement.principals));

    expect([...principals].filter((principal) => !named.test(principal))).toEqual([]);
  });

  test('keep the permissions for networks from the code that runs in them', () => {
    const onNetworks = allowedStatements().filter(({ actions }) =>
      actions.some((action) => action.startsWith('ec2:')),
    );

    expect(onNetworks.length).toBeGreaterThan(0);
    for (const { conditions } of onNetworks) {
      expect(conditions).toEqual({ Null: { 'lambda:SourceFunctionArn': 'true' } });
    }
  });

  test('are all ours: no role has one that AWS may change', () => {
    const roles = allResources().filter(({ Type }) => Type === 'AWS::IAM::Role');

    expect(roles.length).toBeGreaterThan(0);
    for (const { Properties } of roles) expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  });
});
