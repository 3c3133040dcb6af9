import type { Command } from 'commander';
import { statusView } from '../../../../shared/api/views.ts';
import { renderReport } from '../../../../shared/report/render-report.ts';
import { followTask } from '../../../../shared/task-log/follow-task.ts';
import { isFinal } from '../../../../shared/task-log/status.ts';
import { cliOf } from '../../cli.ts';
import { EXIT } from '../../kit/cli-error.ts';
import { examples } from '../../kit/examples.ts';
import { existingTask } from '../../kit/named-tasks.ts';
import { stateText } from '../../kit/task-state.ts';
import { interruption } from '../../terminal/keyboard.ts';
import { liveLine } from '../../terminal/live-line.ts';
import { printable } from '../../terminal/printable.ts';

export function addWatchTaskCommand(tasks: Command): void {
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
