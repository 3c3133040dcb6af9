import type { Command } from 'commander';
import { taskView } from '../../../../shared/api/views.ts';
import { cliOf } from '../../cli.ts';
import { examples } from '../../kit/examples.ts';
import { existingTask } from '../../kit/named-tasks.ts';
import { taskDetails } from '../../kit/show-tasks.ts';

export function addGetTaskCommand(tasks: Command): void {
  tasks
    .command('get')
    .description('shows a task with its parameters and its report')
    .argument('<id>', 'of the task')
    .addHelpText('after', examples(['tasks get 01KB2N5ZV4E8FJYV7D0Q1V6C3M', 'how a task went']))
    .action(async (id: string, _options, command: Command) => {
      const cli = cliOf(command);
      const { log, catalogue } = await cli.connect();
      const task = await existingTask(id, (known) => log.get(known));
      cli.print(taskView(task, catalogue), () => taskDetails(task));
    });
}
