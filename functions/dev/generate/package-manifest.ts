import packageJson from '../../../package.json' with { type: 'json' };

const { name, version, description, license, type, engines, dependencies, devDependencies } =
  packageJson;

/** What users share with the package: two copies of these would not know each other's values. */
const PEERS = ['aws-cdk-lib', 'constructs', 'zod'] as const;
/** Only who deploys needs them. */
const OPTIONAL_PEERS = ['aws-cdk-lib', 'constructs'];

/** Where what users import is, without its extension. */
const EXPORTS = {
  '.': 'exports/tasks',
  './client': 'exports/client',
  './client/iam-signer': 'exports/iam-signer',
  './constructs': 'exports/constructs',
  './enqueue': 'exports/enqueue',
};

const compiled = (imports: typeof packageJson.imports): object =>
  JSON.parse(JSON.stringify(imports).replaceAll('.ts"', '.js"'));

/** The package.json that is published. The repository's own is private: it cannot be, by mistake. */
export function packageManifest() {
  const versions: Readonly<Record<string, string>> = { ...devDependencies, ...dependencies };
  // The samples are not in it.
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
      // What `TaskQueue` puts a project's own in place of, as it bundles.
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
