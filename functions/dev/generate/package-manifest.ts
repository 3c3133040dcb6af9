import packageJson from '../../../package.json' with { type: 'json' };

const { name, version, description, license, type, engines, dependencies, devDependencies } =
  packageJson;

/** Packages that users share with this one: two copies would not recognise each other's values. */
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
export function packageManifest() {
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
