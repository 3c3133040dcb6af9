import type { Command } from 'commander';
import { retryRequestOf } from '../../../../shared/dispatcher/enqueue-request.ts';
import { TaskInProgressError } from '../../../../shared/errors.ts';
import { isFinal } from '../../../../shared/task-log/status.ts';
import { cliOf } from '../../cli.ts';
import { actOnTasks } from '../../kit/act-on-tasks.ts';
import { examples } from '../../kit/examples.ts';
import { existingTask } from '../../kit/existing-task.ts';

export function addRetryTasksCommand(tasks: Command): void {
  tasks
    .command('retry')
    .description('runs tasks once more, each as a new one; the old records stay as they are')
    .argument('<ids...>', 'of the tasks')
    .option('--force', 'also what has not ended yet')
    .addHelpText(
      'after',
      `
The new task has the same name, parameters, label and owner. Repeated, the command makes another one.
${examples(['tasks retry 01KB2N5ZV4E8FJYV7D0Q1V6C3M', 'after what made it fail was mended'])}`,
    )
    .action(retryTasks);
}

async function retryTasks(
  ids: readonly string[],
  { force = false }: { readonly force?: boolean },
  command: Command,
): Promise<void> {
  const cli = cliOf(command);
  const { log, dispatcher } = await cli.connect();
  await actOnTasks(cli, {
    ids: [[...new Set(ids)]],
    act: async (id) => {
      const old = await existingTask(id, (known) => log.get(known));
      if (!isFinal(old.status) && !force) throw new TaskInProgressError('retry');
      const { id: newId, queue } = await dispatcher.enqueue(retryRequestOf(old));
      return { id: old.id, outcome: 'retried', newId, queue };
    },
    line: ({ id, newId, queue }) => `${id} retried as ${newId} in queue ${queue}`,
  });
}
