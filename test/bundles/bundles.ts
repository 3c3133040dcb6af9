import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';

export type Bundle = {
  readonly name: string;
  readonly entry: string;
  /** As in package.json's `imports`. */
  readonly sql: 'with-sql' | 'without-sql';
  /** At most so many bytes: what is larger is fetched and parsed more slowly. */
  readonly limit: number;
};

/** What a process of a deployment is made of. With SQL where something is on PostgreSQL. */
const PROGRAMS = {
  enqueue: { entry: 'functions/api/enqueue.ts', sql: ['without-sql', 'with-sql'] },
  query: { entry: 'functions/api/query.ts', sql: ['without-sql', 'with-sql'] },
  manage: { entry: 'functions/api/manage.ts', sql: ['without-sql', 'with-sql'] },
  docs: { entry: 'functions/api/docs.ts', sql: ['without-sql'] },
  stream: { entry: 'functions/streams/table-stream.ts', sql: ['without-sql'] },
  migrate: { entry: 'functions/migrate/migrate.ts', sql: ['with-sql'] },
  'migrate-start': { entry: 'functions/migrate/start.ts', sql: ['without-sql'] },
  worker: { entry: 'functions/worker/main.ts', sql: ['without-sql', 'with-sql'] },
} as const;

const LIMIT = 550_000;
const LIMITS: Readonly<Record<string, number>> = {
  // Most requests go there.
  'enqueue without-sql': 450_000,
  // Started once for hours, not for a request. Only it stores files in parts, exports spans, and looks for
  // credentials wherever they may be; what it has of that is loaded when it is used.
  'worker without-sql': 900_000,
  'worker with-sql': 1_000_000,
};

export const BUNDLES: readonly Bundle[] = Object.entries(PROGRAMS).flatMap(
  ([program, { entry, sql: conditions }]) =>
    conditions.map((sql) => {
      const name = `${program} ${sql}`;
      return { name, entry, sql, limit: LIMITS[name] ?? LIMIT };
    }),
);

/** Ways to credentials that functions never go; the worker does. */
const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/**
 * Bundles as infra/constructs/bundling.ts and the worker's Dockerfile do; test/infra/bundle-budget.test.ts
 * compares.
 * @param outfile where to; absent: nowhere
 */
export async function bundle(
  { entry, sql }: Bundle,
  outfile?: string,
): Promise<{ readonly bytes: number; readonly metafile: Metafile }> {
  const { metafile } = await build({
    absWorkingDir: REPOSITORY_ROOT,
    entryPoints: [entry],
    outfile: outfile ?? join('dist', 'index.mjs'),
    write: outfile !== undefined,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minify: true,
    logLevel: 'warning',
    mainFields: ['module', 'main'],
    conditions: ['module', sql],
    external: ['pg-native', 'pgpass', ...(entry.includes('/worker/') ? [] : OTHER_CREDENTIALS)],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  return { bytes: output?.bytes ?? 0, metafile };
}
