import type { Command } from 'commander';
import { taskView } from '../../../../shared/api/views.ts';
import { renderReport } from '../../../../shared/report/render-report.ts';
import type { TaskRecord } from '../../../../shared/task-log/task-log.ts';
import { cliOf } from '../../cli.ts';
import { examples } from '../../kit/examples.ts';
import { existingTask } from '../../kit/named-tasks.ts';
import { stateText } from '../../kit/task-state.ts';
import { printable, printableLine } from '../../terminal/printable.ts';
import { textTable } from '../../terminal/text-table.ts';

/** `task-queue tasks get` */
export function addGetTaskCommand(tasks: Command): void {
  tasks
    .command('get')
    .description('Show a task with its parameters and its report')
    .argument('<id>', 'Id of the task')
    .addHelpText(
      'after',
      examples(['tasks get 01KB2N5ZV4E8FJYV7D0Q1V6C3M', 'show how a task went']),
    )
    .action(async (id: string, _options, command: Command) => {
      const cli = cliOf(command);
      const { log, catalogue } = await cli.connect();
      const task = await existingTask(id, (known) => log.get(known));
      cli.print(taskView(task, catalogue), () => taskDetails(task));
    });
}

/** The fields, the parameters and the report of a task. */
function taskDetails(task: TaskRecord): string {
  const { parameters, report } = task;
  const fields = textTable(['', ''], fieldsOf(task)).trimStart();
  const json = printable(JSON.stringify(parameters, null, 2));
  const reported = report ? `\nreport\n${printable(renderReport(report, '  '))}\n` : '';
  return `${fields}\nparameters\n${json.replaceAll(/^/gm, '  ')}\n${reported}`;
}

function fieldsOf(task: TaskRecord): (readonly [string, string])[] {
  const { file } = task;
  const fields = {
    id: task.id,
    name: printableLine(task.name),
    label: printableLine(task.label),
    status: stateText(task),
    queue: task.queue,
    owner: task.owner && printableLine(task.owner),
    parent: task.parentId,
    'retry of': task.retryOf,
    attempts: String(task.attempt),
    created: task.createdAt,
    started: task.startedAt,
    finished: task.finishedAt,
    updated: task.updatedAt,
    file:
      file &&
      `${printableLine(file.name)}, ${file.bytes} bytes, ${printableLine(file.contentType)}`,
  };
  return Object.entries(fields).flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}
