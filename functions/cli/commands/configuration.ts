import type { Command } from 'commander';
import type { Finding } from '../../../shared/check/finding.ts';
import type { ConfigInput } from '../../../shared/config/config.ts';
import { type Cli, cliOf, examples } from '../cli.ts';
import type { Applied } from '../configuration/apply-config.ts';
import { findingText } from '../configuration/change-texts.ts';
import type { InitOptions } from '../configuration/init-options.ts';
import { CliError, EXIT, usageError } from '../kit/cli-error.ts';
import { wholeNumber } from '../kit/options/parse-option.ts';

export function addInitCommand(program: Command): void {
  program
    .command('init')
    .description('Create missing resources, and change brokers, task log and strategy')
    .option('--broker <type>', 'New broker of every queue: sqs, postgres, memory')
    .option('--queue <name>', 'Only this queue')
    .option('--log <type>', 'New task log: dynamodb, postgres')
    .option(
      '--persistence <name>',
      'Name of the PostgreSQL connection, for --broker=postgres and --log=postgres',
    )
    .option(
      '--receive <n>',
      'Largest number of tasks per poll, 1 or more (default: as it is; for a new type its default)',
      wholeNumber(1),
    )
    .option(
      '--strategy <name>',
      'How queues take turns: weighted, weighted-time, weighted-random, strict-priority, or a strategy of strategies.ts',
    )
    .option('--move', 'Move tasks that no worker would find after the change')
    .option('--live', 'Change --receive or --strategy of running workers, not the configuration')
    .addHelpText(
      'after',
      `
Without options, the command checks the configuration, or writes a new one. It creates the queues, their
dead-letter queues, the table and the bucket on the local stack, or on the servers of
AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_S3. On a deployed stack,
\`npx cdk deploy\` creates them. You can repeat the command, also after an interruption.
On servers of your own, other commands use the --aws-profile of this one. DATABASE_URL is the database of
queues and task log on PostgreSQL: the command creates or migrates its tables. If everything is on
PostgreSQL, you need no other variable.
${examples(
  ['init', 'create missing resources'],
  [
    'init --broker=postgres --persistence=default --queue=background',
    'move one queue to PostgreSQL',
  ],
  [
    'init --broker=postgres --log=postgres --persistence=default',
    'move everything to the PostgreSQL of DATABASE_URL',
  ],
  ['init --broker=memory', 'run every task in the process that enqueues it'],
  [
    'init --broker=sqs --queue=priority --receive=10',
    'move one queue to SQS, with ten tasks per poll',
  ],
  ['init --broker=sqs --aws-profile=queues', 'use the credentials of this profile'],
  ['init --broker=memory --queue=standard --move', 'run the waiting tasks of the queue now'],
  [
    'init --strategy=strict-priority --live --stack TaskQueue',
    'change the strategy without a deployment',
  ],
)}`,
    )
    .action(init);
}

async function init(options: InitOptions, command: Command): Promise<void> {
  const cli = cliOf(command);
  const { awsProfile, stack } = cli.options;
  const { changeLiveSettings, initProblems } = await import('../configuration/init-options.ts');
  // With --stack, the profile is for finding the stack.
  const profile = stack === undefined && awsProfile !== undefined ? { awsProfile } : {};
  const problems = initProblems({ ...options, ...profile }, await cli.ownStrategies());
  if (problems.length > 0) throw usageError(problems.join('\n'));
  if (options.live) {
    return changeLiveSettings(cli, options);
  }
  await initialize(cli, options);
}

async function initialize(cli: Cli, options: InitOptions): Promise<void> {
  const [{ applyConfig }, { showApplied }, { edited }] = await Promise.all([
    import('../configuration/apply-config.ts'),
    import('../configuration/show-applied.ts'),
    import('../configuration/init-options.ts'),
  ]);
  const { move = false } = options;
  const edit = (input: ConfigInput) => edited(input, options);
  const applied = await applyConfig(cli, edit, { move });
  const findings = [
    ...(await deployedFindings(applied, cli)),
    ...(await previousFindings(applied, cli)),
  ];
  showApplied(cli, applied, { findings });
  const isAsked = [options.broker, options.log, options.strategy].some(
    (asked) => asked !== undefined,
  );
  if (!applied.target && !isAsked) throw nowhere();
  if (findings.some(({ severity }) => severity === 'error')) {
    throw new CliError('Some resources are missing. Nothing was created.');
  }
}

/** Errors of resources that CDK or somebody else creates. */
async function deployedFindings({ config, target }: Applied, { run }: Cli): Promise<Finding[]> {
  if (!target?.resources || target.own) return [];
  const [{ resourceFindings }, { createInspector }] = await Promise.all([
    import('../../../shared/check/resource-findings.ts'),
    import('../../wiring/resources.ts'),
  ]);
  const inspector = createInspector(target.env, target.resources, run.opened);
  const findings = await resourceFindings(config, target.resources, inspector, target);
  return findings.filter(({ severity }) => severity === 'error');
}

/** Warnings about unfinished tasks in the previous task log. */
async function previousFindings({ config, target }: Applied, { run }: Cli): Promise<Finding[]> {
  if (!target?.resources) return [];
  const [{ previousLogFindings }, { openOtherLogs }] = await Promise.all([
    import('../../../shared/check/store-findings.ts'),
    import('../../wiring/resources.ts'),
  ]);
  return previousLogFindings(openOtherLogs(target.env, config, target.resources, run.opened));
}

const nowhere = (): CliError =>
  new CliError(
    'There are no servers to create queues on. Deploy to AWS with `npx cdk deploy --all`, or start a\n' +
      'local stack with `npm start`. For servers of your own, set AWS_ENDPOINT_URL_SQS,\n' +
      'AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_S3, or only DATABASE_URL if everything is on PostgreSQL:\n' +
      ' --broker=postgres --log=postgres --persistence=default.',
  );

/** Only real requests, or the code of the tasks, would show these. */
const NOT_CHECKED = [
  'permissions to send, receive and write, of these credentials and of the roles of the deployment',
  'queues that tasks choose by their parameters',
];

export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('Check the configuration, tasks and resources, and print how to fix each problem')
    .addHelpText(
      'after',
      `
Changes nothing. The exit code is 1 if there is an error; warnings do not count. The credentials need
sqs:GetQueueAttributes, dynamodb:DescribeTable, DescribeTimeToLive and GetItem, s3:ListBucket and
s3:GetLifecycleConfiguration.
${examples(['check', 'check the local stack'], ['check --stack TaskQueue --json', 'check a deployment in CI'])}`,
    )
    .action(check);
}

async function check(_options: object, command: Command): Promise<void> {
  const cli = cliOf(command);
  const { checkEverything } = await import('../configuration/check-everything.ts');
  const { findings, checked } = await checkEverything(cli);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  cli.print({ ok: errors === 0, findings, checked, notChecked: NOT_CHECKED }, (paint) =>
    [
      ...findings.map((finding) => findingText(finding, paint)),
      `checked: ${checked.join(', ')}`,
      `not checked: ${NOT_CHECKED.join('; ')}`,
      `${count(errors, 'error')}, ${count(warnings, 'warning')}`,
    ].join('\n'),
  );
  if (errors > 0) cli.run.exitCode = EXIT.refused;
}

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`;

export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('Check the configuration and print it with its defaults filled in')
    .addHelpText(
      'after',
      examples(
        ['config', 'the configuration of this directory'],
        ['config --config other.json', 'another file'],
      ),
    )
    .action(async (_options, command: Command) => {
      const { configPath, host, ownStrategies } = cliOf(command);
      const { loadConfig } = await import('../../../shared/config/config-file.ts');
      const config = loadConfig(host.pathOf(configPath), await ownStrategies());
      host.stdout.write(`${JSON.stringify(config, null, 2)}\n`);
    });
}
