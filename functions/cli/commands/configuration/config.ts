import type { Command } from 'commander';
import { cliOf, examples } from '../../cli.ts';

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
      const { configPath } = cliOf(command);
      const { loadConfig } = await import('../../../../shared/config/config-file.ts');
      process.stdout.write(`${JSON.stringify(loadConfig(configPath), null, 2)}\n`);
    });
}
