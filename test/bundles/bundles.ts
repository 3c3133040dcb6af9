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

/** The programs of a deployment. A process contains SQL if something is on PostgreSQL. */
const PROGRAMS = {
  enqueue: { entry: 'functions/api/lambdas/enqueue.ts', sql: ['without-sql', 'with-sql'] },
  query: { entry: 'functions/api/lambdas/query.ts', sql: ['without-sql', 'with-sql'] },
  manage: { entry: 'functions/api/lambdas/manage.ts', sql: ['without-sql', 'with-sql'] },
  docs: { entry: 'functions/api/lambdas/docs.ts', sql: ['without-sql'] },
  stream: { entry: 'functions/streams/table-stream.ts', sql: ['without-sql'] },
  migrate: { entry: 'functions/migrate/migrate.ts', sql: ['with-sql'] },
  'migrate-start': { entry: 'functions/migrate/start.ts', sql: ['without-sql'] },
  worker: { entry: 'functions/worker/main.ts', sql: ['without-sql', 'with-sql'] },
} as const;

/** In bytes. The worker and PostgreSQL's functions came to 559 kB when hostile errors were guarded (20 kB room). */
const LIMIT = 575_000;
const LIMITS: Readonly<Record<string, number>> = {
  // Most requests go there.
  'enqueue without-sql': 450_000,
};

export const BUNDLES: readonly Bundle[] = Object.entries(PROGRAMS).flatMap(
  ([program, { entry, sql: conditions }]) =>
    conditions.map((sql) => {
      const name = `${program} ${sql}`;
      return { name, entry, sql, limit: LIMITS[name] ?? LIMIT };
    }),
);

export type Bundled = {
  /** Size of the files that are loaded at the start. */
  readonly bytes: number;
  /** Size of each file that is loaded on demand. */
  readonly later: readonly number[];
  readonly metafile: Metafile;
};

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
 * @param outdir where to; absent: nowhere
 */
export async function bundle({ entry, sql }: Bundle, outdir?: string): Promise<Bundled> {
  const isWorker = entry.includes('/worker/');
  const { metafile } = await build({
    absWorkingDir: REPOSITORY_ROOT,
    entryPoints: { index: entry },
    outdir: outdir ?? 'dist',
    outExtension: { '.js': '.mjs' },
    write: outdir !== undefined,
    // Started once for hours, not for a request. Only it stores files in parts, exports spans, asks ECS, and
    // looks for credentials wherever they may be; each is in a file of its own.
    splitting: isWorker,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minify: true,
    logLevel: 'warning',
    mainFields: ['module', 'main'],
    conditions: ['module', sql],
    external: ['pg-native', 'pgpass', ...(isWorker ? [] : OTHER_CREDENTIALS)],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    metafile: true,
  });
  const [entryFile = ''] = Object.keys(metafile.outputs).filter((path) =>
    path.endsWith('/index.mjs'),
  );
  const atOnce = loadedWith(entryFile, metafile.outputs);
  const later = Object.entries(metafile.outputs).filter(([path]) => !atOnce.has(path));
  const bytes = [...atOnce].reduce((sum, path) => sum + (metafile.outputs[path]?.bytes ?? 0), 0);
  return { bytes, later: later.map(([, output]) => output.bytes), metafile };
}

/** An output, and those that it imports without being asked. */
function loadedWith(path: string, outputs: Metafile['outputs'], known = new Set<string>()) {
  if (known.has(path)) return known;
  known.add(path);
  for (const { path: imported, kind } of outputs[path]?.imports ?? []) {
    if (kind === 'import-statement' && imported in outputs) loadedWith(imported, outputs, known);
  }
  return known;
}
