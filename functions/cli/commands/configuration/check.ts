import type { Command } from 'commander';
import { cliOf, examples } from '../../cli.ts';
import { findingText } from '../../configuration/change-texts.ts';
import { EXIT } from '../../kit/cli-error.ts';

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
  const { checkEverything } = await import('../../configuration/check-everything.ts');
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
      const { configPath, host } = cliOf(command);
      const { loadConfig } = await import('../../../../shared/config/config-file.ts');
      const config = loadConfig(host.pathOf(configPath));
      host.stdout.write(`${JSON.stringify(config, null, 2)}\n`);
    });
}
