const error = (name, from, to) => ({ name, severity: 'error', from, to });
const ADAPTER = '(sqs|dynamodb|s3|postgres|eventbridge|memory)-[^/]+\\.ts$';

module.exports = {
  forbidden: [
    error('no-circular', {}, { circular: true }),
    error(
      'core-is-pure',
      { path: '^shared/', pathNot: `/${ADAPTER}` },
      { path: 'node_modules/(@aws-sdk|@middy|aws-cdk-lib|constructs|pg)' },
    ),
    error(
      'adapters-are-picked-in-wiring',
      {
        path: '^(shared|functions|infra)/',
        pathNot: `^functions/((stream-|resource-|resend-|sql-|dynamodb-)?wiring|sql-extras|file-store|batched-inserts)\\.ts$|^shared/.*/${ADAPTER}`,
      },
      { path: `^shared/.*/${ADAPTER}` },
    ),
    error(
      'adapters-do-not-know-each-other',
      { path: '^shared/.*/(sqs|dynamodb|s3|postgres|eventbridge|memory)-[^/]+\\.ts$' },
      { path: `^shared/.*/${ADAPTER}`, pathNot: '^shared/.*/$1-[^/]+\\.ts$' },
    ),
    error(
      'shared-knows-no-entry-point',
      { path: '^shared/' },
      { path: '^(functions|infra|test)/' },
    ),
    error(
      'nothing-knows-the-exports',
      { path: '^(shared|functions|infra)/' },
      { path: '^exports/' },
    ),
    error('functions-know-no-infra', { path: '^functions/' }, { path: '^(infra|test)/' }),
    error(
      'sdk-clients-are-made-in-wiring',
      {
        path: '^functions/',
        pathNot:
          '^functions/(((stream|resource|sql|dynamodb)-)?wiring|file-store|usage-meter|deployed-stack|stack-metrics|local-(resources|table)|migrate/start|worker/ecs-service|dev/[^/]+)\\.ts$',
      },
      { path: 'node_modules/@aws-sdk' },
    ),
    error(
      'entry-points-do-not-share',
      { path: '^functions/(api|worker|cli|streams|migrate)/' },
      { path: '^functions/(api|worker|cli|streams|migrate|dev)/', pathNot: '^functions/$1/' },
    ),
    error(
      'infra-bundles-by-path',
      { path: '^infra/' },
      { path: '^(functions|test)/|^shared/(?!config/|errors\\.ts)' },
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
