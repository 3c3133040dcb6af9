import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_CONFIG } from '../../../shared/config/config-file.ts';
import { packageManifest } from './package-manifest.ts';
import { unreachableTypes } from './unreachable-types.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const OUTDIR = join(ROOT, 'dist', 'package');
const COPIED = ['LICENSE', 'README.md', 'CHANGELOG.md', 'functions/worker/bundled.Dockerfile'];

/**
 * Builds the npm package in dist/package, with a manifest of its own: Node strips types nowhere below
 * node_modules, and what the repository is developed with is none of its users' business.
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
  // In place of that of this repository, which knows the samples.
  writeFileSync(join(OUTDIR, 'task-queue.config.json'), JSON.stringify(DEFAULT_CONFIG));
  for (const file of COPIED) copyFileSync(join(ROOT, file), join(OUTDIR, file));
  for (const program of Object.values(manifest.bin)) chmodSync(join(OUTDIR, program), 0o755);
}

buildPackage();
process.stdout.write('dist/package: npm pack ./dist/package\n');
