import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { beforeAll, describe, expect, test } from 'vitest';
import { ApiFunction } from '../../infra/constructs/api-function.ts';
import { DatabaseNetwork } from '../../infra/constructs/store/database-network.ts';
import { createOutdir, SYNTH_TIMEOUT_MS } from './synthesize.ts';

const ENTRIES = {
  enqueue: 'functions/api/lambdas/enqueue.ts',
  query: 'functions/api/lambdas/query.ts',
  manage: 'functions/api/lambdas/manage.ts',
  docs: 'functions/api/lambdas/docs.ts',
  consumer: 'functions/streams/table-stream.ts',
  migrate: 'functions/migrate/migrate.ts',
};
type Name = keyof typeof ENTRIES;

type Sql = 'with-sql' | 'without-sql';

const bundles = new Map<string, string>();

// The construct itself bundles, so that the options are those of the deployment.
beforeAll(() => {
  for (const [name, entry] of Object.entries(ENTRIES)) {
    for (const sql of ['with-sql', 'without-sql']) {
      bundles.set(`${name} ${sql}`, bundle(entry, sql === 'with-sql'));
    }
  }
}, SYNTH_TIMEOUT_MS);

/** @returns the path of the bundle */
function bundle(entry: string, withSql: boolean): string {
  const outdir = createOutdir();
  const app = new App({ outdir, context: { config: 'docs/examples/mixed.json' } });
  const stack = new Stack(app, 'Test');
  const network = withSql ? new DatabaseNetwork(stack, 'Network', { sqs: false }) : undefined;
  new ApiFunction(stack, 'Function', { entry, network });
  return join(outdir, globSync('asset.*/index.mjs', { cwd: outdir })[0] ?? 'no bundle');
}

const pathOf = (name: Name, sql: Sql): string => bundles.get(`${name} ${sql}`) ?? '';
const codeOf = (name: Name, sql: Sql): string => readFileSync(pathOf(name, sql), 'utf8');

describe('the enqueue function', () => {
  test.each([
    ['without-sql', 450_000],
    ['with-sql', 575_000],
  ] as const)('is small enough to be fetched and parsed quickly: %s, %i bytes', (sql, limit) => {
    expect(codeOf('enqueue', sql).length).toBeLessThan(limit);
  });

  // How long the import takes is measured by `npm run bench:bundles`, on a quiet machine.
  test.each(['without-sql', 'with-sql'] as const)(
    'is imported by a fresh process, which finds its handler, %s',
    (sql) => {
      expect(exportsOf(pathOf('enqueue', sql))).toEqual(['handler']);
    },
  );
});

test.each(Object.keys(ENTRIES))(
  'the function %s is under 575 kB, whatever is on PostgreSQL',
  (name) => {
    for (const sql of ['without-sql', 'with-sql'] as const) {
      expect(codeOf(name as Name, sql).length).toBeLessThan(575_000);
    }
  },
);

describe('a deployment with nothing on PostgreSQL', () => {
  test.each(['enqueue', 'query', 'manage'] as const)('has no code for it in %s', (name) => {
    const sizes = [codeOf(name, 'without-sql').length, codeOf(name, 'with-sql').length];

    expect(codeOf(name, 'without-sql')).not.toContain('task_queue.messages');
    expect(codeOf(name, 'with-sql')).toContain('task_queue.messages');
    expect((sizes[1] ?? 0) - (sizes[0] ?? 0)).toBeGreaterThan(100_000);
  });
});

test('the consumer of the stream carries no code for PostgreSQL, wherever queues are', () => {
  expect(codeOf('consumer', 'with-sql')).not.toContain('task_queue.messages');
});

test('only the function that migrates carries migrations', () => {
  const carriers = Object.keys(ENTRIES).filter((name) =>
    codeOf(name as Name, 'with-sql').includes('CREATE TABLE task_queue.messages'),
  );

  expect(carriers).toEqual(['migrate']);
});

test('functions carry the configuration that is deployed', () => {
  expect(codeOf('enqueue', 'with-sql')).toContain('type:"postgres",persistence:"default"');
});

function exportsOf(file: string): string[] {
  const script = `
    const exported = await import(${JSON.stringify(pathToFileURL(file))});
    console.log(JSON.stringify(Object.keys(exported)));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { AWS_REGION: 'us-east-1', TASK_QUEUE_RESOURCES: JSON.stringify(RESOURCES) },
  });
  return JSON.parse(output);
}

/** As CDK would set it, for the configuration that is part of the bundles. */
const RESOURCES = {
  table: 'tasks',
  queues: {
    priority: {
      url: 'https://sqs.us-east-1.amazonaws.com/000000000000/x',
      deadLetterUrl: 'https://sqs.us-east-1.amazonaws.com/000000000000/x-dead',
    },
  },
  databases: {
    default: {
      url: 'postgres://task_queue@db.test:55432/task_queue?sslmode=verify-full',
      iam: true,
      pauses: true,
    },
  },
};
