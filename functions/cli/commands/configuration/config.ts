import type { Command } from 'commander';
import { cliOf } from '../../cli.ts';
import { examples } from '../../kit/examples.ts';

export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('checks the configuration and prints it with its defaults filled in')
    .addHelpText(
      'after',
      examples(['config', 'of this directory'], ['config --config other.json', 'of another file']),
    )
    .action(async (_options, command: Command) => {
      const { configPath } = cliOf(command);
      const { loadConfig } = await import('../../../../shared/config/config-file.ts');
      process.stdout.write(`${JSON.stringify(loadConfig(configPath), null, 2)}\n`);
    });
}
