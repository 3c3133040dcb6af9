import type { Command } from 'commander';
import { cliOf } from '../cli.ts';
import { examples } from '../examples.ts';
import { textTable } from '../terminal/text-table.ts';

export function addQueuesCommand(program: Command): void {
  program
    .command('queues')
    .description('what waits in each queue')
    .addHelpText('after', examples(['queues', 'of the local stack']))
    .action(async (_options, command: Command) => {
      const cli = cliOf(command);
      const { brokers } = await cli.connect();
      const queues = await Promise.all(
        [...brokers].map(async ([name, broker]) => ({ name, depth: await broker.depth() })),
      );
      cli.print({ queues }, () =>
        textTable(
          ['queue', 'waiting'],
          queues.map(({ name, depth }) => [name, String(depth.waiting)]),
        ),
      );
    });
}
