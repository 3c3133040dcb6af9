import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../../package.json' with { type: 'json' };
import { DEFAULT_CONFIG } from '../../../shared/config/config-file.ts';
import { optionsOf } from '../script.ts';

const { name, version, description, license, type, engines, dependencies, devDependencies } =
  packageJson;

/** Packages that users share with this one: two copies would not recognize each other's values. */
const PEERS = ['aws-cdk-lib', 'constructs', 'zod'] as const;
/** Needed only to deploy. */
const OPTIONAL_PEERS = ['aws-cdk-lib', 'constructs'];

/** The files behind what users import, without extension. */
const EXPORTS = {
  '.': 'exports/tasks',
  './client': 'exports/client',
  './client/iam-signer': 'exports/iam-signer',
  './constructs': 'exports/constructs',
  './enqueue': 'exports/enqueue',
};

const compiled = (imports: typeof packageJson.imports): object =>
  JSON.parse(JSON.stringify(imports).replaceAll('.ts"', '.js"'));

/** The published package.json. The repository's own is private, so it cannot be published by mistake. */
function packageManifest() {
  const versions: Readonly<Record<string, string>> = { ...devDependencies, ...dependencies };
  // The package does not contain the sample tasks.
  const { zod: _peer, 'csv-parse': _ofSamples, ...bundled } = dependencies;
  return {
    name,
    version,
    description,
    license,
    type,
    engines,
    sideEffects: false,
    exports: Object.fromEntries(
      Object.entries(EXPORTS).map(([path, file]) => [
        path,
        { types: `./${file}.d.ts`, default: `./${file}.js` },
      ]),
    ),
    imports: {
      ...compiled(packageJson.imports),
      // `TaskQueue` replaces them by those of the project when it bundles.
      '#tasks/*': './functions/project-tasks/*.js',
    },
    bin: { 'task-queue': 'functions/cli/main.js' },
    dependencies: { ...bundled, esbuild: devDependencies.esbuild },
    peerDependencies: Object.fromEntries(PEERS.map((peer) => [peer, `^${versions[peer]}`])),
    peerDependenciesMeta: Object.fromEntries(
      OPTIONAL_PEERS.map((peer) => [peer, { optional: true }]),
    ),
  };
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const OUTDIR = join(ROOT, 'dist', 'package');
const COPIED = ['LICENSE', 'README.md', 'CHANGELOG.md', 'functions/worker/bundled.Dockerfile'];

/**
 * Builds the npm package in dist/package. It is compiled, because Node does not strip types below
 * node_modules. It has its own manifest, so that users do not install what only developers need.
 */
function buildPackage(): void {
  rmSync(OUTDIR, { recursive: true, force: true });
  const { status } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.package.json'],
    { cwd: ROOT, stdio: 'inherit' },
  );
  if (status !== 0) throw new Error('the package does not compile');
  for (const path of unreachableTypes(OUTDIR)) rmSync(path);
  const manifest = packageManifest();
  writeFileSync(join(OUTDIR, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  // Replaces the configuration of this repository, which names the sample tasks.
  writeFileSync(join(OUTDIR, 'task-queue.config.json'), JSON.stringify(DEFAULT_CONFIG));
  for (const file of COPIED) copyFileSync(join(ROOT, file), join(OUTDIR, file));
  for (const program of Object.values(manifest.bin)) chmodSync(join(OUTDIR, program), 0o755);
}

const IMPORT = /(?:from|import\()\s*['"](\.{1,2}\/[^'"]+)\.ts['"]/g;

/** Lists type declarations that `exports` does not reach: tsc writes one for every module. */
function unreachableTypes(outdir: string): string[] {
  const reached = new Set(globSync(join(outdir, 'exports/*.d.ts')));
  // Grows while it is walked.
  for (const path of reached) {
    for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(IMPORT)) {
      reached.add(`${resolve(dirname(path), target)}.d.ts`);
    }
  }
  return globSync(join(outdir, '**/*.d.ts')).filter((path) => !reached.has(path));
}

optionsOf('Usage: npm run build:package\n\nBuilds the npm package in dist/package.', {});
buildPackage();
process.stdout.write('dist/package: npm pack ./dist/package\n');
