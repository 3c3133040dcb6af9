import type { Command } from 'commander';
import { statusView, taskView } from '../../../../shared/api/views.ts';
import { renderReport } from '../../../../shared/report/report.ts';
import { followTask } from '../../../../shared/task-log/follow-task.ts';
import { isFinal } from '../../../../shared/task-log/status.ts';
import type { TaskRecord } from '../../../../shared/task-log/task-log.ts';
import { cliOf, examples } from '../../cli.ts';
import { EXIT } from '../../kit/cli-error.ts';
import { existingTask } from '../../kit/named-tasks.ts';
import { stateText } from '../../kit/task-state.ts';
import { interruption } from '../../terminal/keyboard.ts';
import { liveLine } from '../../terminal/progress.ts';
import { printable, printableLine } from '../../terminal/text.ts';
import { textTable } from '../../terminal/text-table.ts';
import { addArchiveAndCancelCommands } from './archive-cancel.ts';
import { addGetTaskFileCommand } from './file.ts';
import { addListTasksCommand } from './list.ts';
import { addRetryTasksCommand } from './retry.ts';

/** `task-queue tasks …` */
export function addTasksCommand(program: Command): void {
  const tasks = program
    .command('tasks')
    .description('List, inspect, cancel, archive and retry tasks');
  addListTasksCommand(tasks);
  addGetTaskCommand(tasks);
  addWatchTaskCommand(tasks);
  addGetTaskFileCommand(tasks);
  addArchiveAndCancelCommands(tasks);
  addRetryTasksCommand(tasks);
}

/** `task-queue tasks get` */
function addGetTaskCommand(tasks: Command): void {
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

function addWatchTaskCommand(tasks: Command): void {
  tasks
    .command('watch')
    .description('Follow a task to its end; the exit code is 0 if it completed, else 1')
    .argument('<id>', 'Id of the task')
    .addHelpText(
      'after',
      `
On a terminal, one line shows the current state. Elsewhere, each change is a line, with --json a JSON object.
Each look costs half a read unit.
${examples(['tasks watch 01KB2N5ZV4E8FJYV7D0Q1V6C3M && echo done', 'wait for a task'])}`,
    )
    .action(watchTask);
}

async function watchTask(id: string, _options: object, command: Command): Promise<void> {
  const cli = cliOf(command);
  const { log } = await cli.connect();
  const signal = interruption();
  let last = await existingTask(id, (known) => log.getSummary(known));
  const line = liveLine();
  for await (const task of followTask(last, { log, signal })) {
    last = task;
    if (cli.options.json) process.stdout.write(`${JSON.stringify(statusView(task))}\n`);
    else line.show(`${task.id} ${stateText(task)}`);
  }
  line.end();
  if (!isFinal(last.status)) return;
  if (last.status !== 'completed') process.exitCode = EXIT.refused;
  const report = cli.options.json ? undefined : (await log.get(last.id))?.report;
  if (report) process.stdout.write(`${printable(renderReport(report))}\n`);
}
