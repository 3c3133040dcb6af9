import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { optionsOf } from '../script.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const OUTDIR = join(ROOT, 'dist', 'cli');

/**
 * Bundles the command line for packages and images. It runs on Node 24 from any directory, without
 * node_modules. Code that only some commands need is in chunks, which they load.
 * The options follow BUNDLING in infra/constructs/api-function.ts.
 * @param conditions of package.json's `imports`, e.g. `test-tasks`
 */
export async function buildCli(
  outdir: string,
  conditions: readonly string[] = [],
): Promise<Metafile> {
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: {
      main: 'functions/cli/main.ts',
      // Started by `worker pool`: process-pool/programs.ts.
      'task-process': 'functions/worker/process-pool/task-process.ts',
      reaper: 'functions/worker/process-pool/reaper.ts',
    },
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minify: true,
    logLevel: 'warning',
    mainFields: ['module', 'main'],
    conditions: ['module', ...conditions],
    // ES modules even without a package.json beside them.
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[hash]',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    metafile: true,
  });
  chmodSync(join(outdir, 'main.mjs'), 0o755);
  return metafile;
}

if (import.meta.main) {
  optionsOf('Usage: npm run build\n\nBundles the command line in dist/cli.', {});
  const { outputs } = await buildCli(OUTDIR);
  const bytes = Object.values(outputs).reduce((sum, output) => sum + output.bytes, 0);
  process.stdout.write(`dist/cli/main.mjs, ${Math.round(bytes / 1000)} kB with its chunks\n`);
}
