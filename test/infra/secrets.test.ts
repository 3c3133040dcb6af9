import { beforeAll, describe, expect, test } from 'vitest';
import { allResources, type PlacedResource, spelled } from './all-templates.ts';
import { SYNTH_TIMEOUT_MS } from './synthesize.ts';

/** Every variable that a process is given, and what is in it. */
const KNOWN_VARIABLES: Readonly<Record<string, string>> = {
  ADMIN_SECRET: 'the name of a secret in Secrets Manager, not the secret',
  DATABASE_URL: 'an address, and a user without a password',
  HEARTBEAT_FILE: 'a path',
  MIGRATE_FUNCTION: 'the name of a function',
  NODE_EXTRA_CA_CERTS: 'a path',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'an address, of X-Ray',
  OTEL_PROPAGATORS: 'a name',
  POWERTOOLS_SERVICE_NAME: 'a name',
  TASK_QUEUE_RESOURCES: 'addresses',
  USER_ON_EVENT_FUNCTION_ARN: 'the name of a function',
};

type Variable = { readonly name: string; readonly value: string };

beforeAll(() => void allResources(), 2 * SYNTH_TIMEOUT_MS);

const variablesOf = ({ Type, Properties = {} }: PlacedResource): Variable[] => {
  if (Type === 'AWS::Lambda::Function') {
    const { Environment } = Properties as { Environment?: { Variables: Record<string, unknown> } };
    return Object.entries(Environment?.Variables ?? {}).map(([name, value]) => ({
      name,
      value: spelled(value),
    }));
  }
  const { ContainerDefinitions = [] } = Properties as {
    ContainerDefinitions?: { Environment?: { Name: string; Value: unknown }[] }[];
  };
  return ContainerDefinitions.flatMap(({ Environment = [] }) =>
    Environment.map(({ Name, Value }) => ({ name: Name, value: spelled(Value) })),
  );
};

describe('the environment of every process in every template', () => {
  test('has variables only of which it is known what they hold', () => {
    const names = new Set(
      allResources()
        .flatMap(variablesOf)
        .map(({ name }) => name),
    );

    expect([...names].sort()).toEqual(Object.keys(KNOWN_VARIABLES).sort());
  });

  test('takes no value from a secret, and has no password in an address', () => {
    const values = allResources().flatMap(variablesOf);

    expect(values.filter(({ value }) => /\{\{resolve:/.test(value))).toEqual([]);
    expect(values.filter(({ value }) => /:\/\/[^/@?]*:[^/@?]*@/.test(value))).toEqual([]);
  });

  test('gets none from ECS either, which would put it there', () => {
    const containers = allResources().filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition');

    expect(containers.length).toBeGreaterThan(0);
    expect(JSON.stringify(containers)).not.toContain('"Secrets"');
  });
});

test('nothing in any template uses a secret but the database that is made with it', () => {
  const users = allResources().filter(({ Properties }) =>
    JSON.stringify(Properties ?? {}).includes('{{resolve:'),
  );

  expect(new Set(users.map(({ Type }) => Type))).toEqual(new Set(['AWS::RDS::DBCluster']));
});
