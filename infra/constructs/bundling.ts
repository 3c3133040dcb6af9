import { isAbsolute, join, relative } from 'node:path';
import { AssetHashType, DockerImage, type ILocalBundling } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { AssetOptions } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { type BuildOptions, buildSync } from 'esbuild';
import { REPOSITORY_ROOT, sourceFile } from '../repository-root.ts';

/**
 * Credential providers that a function never uses, because its credentials are in its environment.
 * The SDK imports them only without those. They are a fifth of a bundle.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/** Modules that `pg` loads only for a password file or for libpq. */
const OTHER_POSTGRES = ['pg-native', 'pgpass'];

/** How entry points become bundles. functions/worker/Dockerfile repeats it for the worker. */
export const BUNDLING = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  minify: true,
  logLevel: 'warning',
  mainFields: ['module', 'main'],
  // CommonJS packages in an ES module still call require for Node's own modules.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
} satisfies BuildOptions;

/** Conditions of package.json's `imports`: whether bundles can talk to PostgreSQL. */
export type SqlCondition = 'with-sql' | 'without-sql';

/** Replacement files, by their names in package.json's `imports`. */
export type Replacements = Readonly<Record<string, string>>;

const REPLACEMENTS = 'task-queue:replacements';

/** Bundles everything below `scope` with these files. Call it before you add constructs there. */
export const replaceBelow = (scope: Construct, files: Replacements): void =>
  scope.node.setContext(REPLACEMENTS, files);

/** The replacements of a project with its own tasks; in this repository only its configuration. */
export const replacementsFor = (scope: Construct): Replacements | undefined =>
  scope.node.tryGetContext(REPLACEMENTS);

/** `-c config=queues.json`: the configuration that is deployed and bundled, from the repository's root. */
export const configFileOf = (scope: Construct): string => {
  const file: unknown = scope.node.tryGetContext('config');
  const path = typeof file === 'string' ? file : 'task-queue.config.json';
  return isAbsolute(path) ? relative(REPOSITORY_ROOT, path) : path;
};

/**
 * Puts modules that are loaded on demand into their own files, for a process that starts rarely and
 * does more than a function.
 */
export const IN_CHUNKS = {
  splitting: true,
  outExtension: { '.js': '.mjs' },
  sourcemap: true,
} satisfies BuildOptions;

/** Bundles a program for node, with the condition and the replacement files. */
export function bundleProgram(
  program: { readonly entry: string; readonly sql: SqlCondition; readonly files: Replacements },
  options: BuildOptions,
): void {
  const { entry, sql, files } = program;
  buildSync({
    ...BUNDLING,
    ...options,
    absWorkingDir: REPOSITORY_ROOT,
    entryPoints: [sourceFile(entry)],
    external: [...OTHER_POSTGRES, ...(options.external ?? [])],
    // With conditions of one's own, "module" is no longer there by itself.
    conditions: ['module', sql],
    alias: { ...files },
  });
}

/** Options that let CDK bundle when a stack is synthesized, once for all equal functions. */
export const bundledBy = (tryBundle: (outputDir: string) => void, key: object): AssetOptions => ({
  assetHashType: AssetHashType.OUTPUT,
  bundling: {
    // Never pulled: what does not bundle here does not bundle.
    image: DockerImage.fromRegistry('node:24-slim'),
    local: new LocalBundling(key, tryBundle),
  },
});

class LocalBundling implements ILocalBundling {
  /** CDK distinguishes bundles by their readable properties. */
  readonly key: object;
  readonly #bundle: (outputDir: string) => void;

  constructor(key: object, bundle: (outputDir: string) => void) {
    this.key = key;
    this.#bundle = bundle;
  }

  tryBundle(outputDir: string): boolean {
    this.#bundle(outputDir);
    return true;
  }
}

/** The code of a function whose handler is `index.handler`. */
export function functionCode(scope: Construct, entry: string, sql: SqlCondition): Code {
  const config = { '#config': join(REPOSITORY_ROOT, configFileOf(scope)) };
  const program = { entry, sql, files: replacementsFor(scope) ?? config };
  // A bundled SDK loads faster than the one in the runtime, and is the version the tests ran with.
  const external = OTHER_CREDENTIALS;
  return Code.fromAsset(
    REPOSITORY_ROOT,
    bundledBy(
      (outputDir) => bundleProgram(program, { outfile: join(outputDir, 'index.mjs'), external }),
      program,
    ),
  );
}
