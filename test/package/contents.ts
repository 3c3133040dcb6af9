import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import type { Tarball } from './pack.ts';
import { REPOSITORY } from './run-command.ts';

const MOST_BYTES = 500_000;
const MOST_UNPACKED_BYTES = 2_000_000;

/** Packages that `serverless-task-queue/client` may import: none, because browsers use it too. */
const CLIENT_MAY_IMPORT: readonly string[] = [];

const KNOWN =
  /^(LICENSE|README\.md|CHANGELOG\.md|package\.json|task-queue\.config\.json|functions\/worker\/bundled\.Dockerfile|(exports|functions|infra|shared)\/[\w/-]+\.(js|d\.ts|json))$/;

const IMPORT = /(?:from|import|import\()\s*['"]([^'"\n]+)['"]/g;

const packageDirectory = join(REPOSITORY, 'dist/package');

/** Nothing of tests, samples or secrets; small; and all that is imported is declared. */
export function assertContents({ files, size, unpackedSize }: Tarball): void {
  const paths = files.map(({ path }) => path);
  assert.deepEqual(
    paths.filter((path) => !KNOWN.test(path) || /^functions\/tasks\/|\.test\./.test(path)),
    [],
  );
  assert(size <= MOST_BYTES, `${size} bytes are packed`);
  assert(unpackedSize <= MOST_UNPACKED_BYTES, `${unpackedSize} bytes are unpacked`);
  for (const { path, mode } of files) {
    const isProgram = path === 'functions/cli/main.js';
    assert.equal((mode & 0o111) !== 0, isProgram, `mode of ${path}`);
  }
  assertImports();
  assert.deepEqual(packagesBehind('exports/client.js'), CLIENT_MAY_IMPORT);
}

/** A package that is not declared is found here, but not in the project of a user. */
function assertImports(): void {
  const { dependencies, peerDependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(packageDirectory, 'package.json'), 'utf8'),
  );
  const declared = { ...dependencies, ...peerDependencies };
  const imported = globSync('**/*.{js,d.ts}', { cwd: packageDirectory }).flatMap(packagesOf);
  assert.deepEqual(
    [...new Set(imported)].filter((name) => !Object.hasOwn(declared, name)),
    // The emulators of `task-queue cost` are in the repository only.
    [],
  );
  assert.deepEqual(
    Object.keys(dependencies).filter((name) => !imported.includes(name)),
    [],
  );
  assert.equal(optionalDependencies, undefined);
}

/** Packages that a module, by its path in the package, imports by itself. */
const packagesOf = (path: string): string[] =>
  importsOf(path)
    .filter((name) => /^[@a-z]/.test(name) && !name.startsWith('node:'))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
    .filter((name) => !builtinModules.includes(name));

function packagesBehind(entry: string): string[] {
  const reached = new Set([join('/', entry)]);
  // Grows while it is walked.
  for (const path of reached) {
    for (const name of importsOf(path).filter((one) => one.startsWith('.'))) {
      reached.add(join(path, '..', name));
    }
  }
  return [...reached].flatMap(packagesOf);
}

const importsOf = (path: string): string[] =>
  [...readFileSync(join(packageDirectory, path), 'utf8').matchAll(IMPORT)].map(
    ([, name = '']) => name,
  );
