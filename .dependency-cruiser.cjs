const error = (name, from, to) => ({ name, severity: 'error', from, to });

/** One folder per technology, with everything of it: broker, task log, stores, client, schema. */
const TECHNOLOGY = '^shared/(sqs|dynamodb|postgres|s3|eventbridge|memory)/';
const SDK = 'node_modules/(@aws-sdk|@smithy|@middy|aws-cdk-lib|constructs|pg)/';

module.exports = {
  forbidden: [
    error('no-circular', {}, { circular: true }),
    error(
      'nouns-know-no-technology',
      { path: '^shared/', pathNot: `${TECHNOLOGY}|^shared/(aws|client)/` },
      { path: `${TECHNOLOGY}|${SDK}` },
    ),
    error(
      'technologies-do-not-know-each-other',
      { path: TECHNOLOGY },
      { path: TECHNOLOGY, pathNot: '^shared/$1/' },
    ),
    error(
      'adapters-are-picked-in-wiring',
      { path: '^(functions|infra|exports)/', pathNot: '^functions/wiring/' },
      { path: TECHNOLOGY },
    ),
    error(
      'sdk-clients-are-made-in-wiring',
      { path: '^functions/', pathNot: '^functions/(wiring|dev|migrate|worker/ecs)/' },
      { path: 'node_modules/@aws-sdk' },
    ),
    error(
      'shared-knows-no-entry-point',
      { path: '^shared/' },
      { path: '^(functions|infra|exports|test)/' },
    ),
    error(
      'nothing-knows-the-exports',
      { path: '^(shared|functions|infra)/' },
      { path: '^exports/' },
    ),
    error('functions-know-no-infra', { path: '^functions/' }, { path: '^(infra|test)/' }),
    error(
      'entry-points-do-not-share',
      { path: '^functions/(api|worker|streams|migrate)/' },
      { path: '^functions/(api|worker|cli|streams|migrate|dev)/', pathNot: '^functions/$1/' },
    ),
    error(
      'infra-bundles-by-path',
      { path: '^infra/' },
      {
        path: '^(functions|test)/|^shared/(?!config/|deployment/|(errors|limits|batches|defined)\\.ts)',
      },
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
