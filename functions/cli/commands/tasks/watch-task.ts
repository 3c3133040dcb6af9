import type { Command } from 'commander';
import { statusView } from '../../../../shared/api/task-view.ts';
import { pause } from '../../../../shared/clock.ts';
import { renderReport } from '../../../../shared/report/render-report.ts';
import { isFinal } from '../../../../shared/task-log/status.ts';
import type { TaskLog, TaskSummary } from '../../../../shared/task-log/task-log.ts';
import { cliOf } from '../../cli.ts';
import { EXIT } from '../../cli-error.ts';
import { examples } from '../../examples.ts';
import { existingTask } from '../../existing-task.ts';
import { stateText } from '../../show-tasks.ts';
import { interruption } from '../../terminal/interruption.ts';
import { liveLine } from '../../terminal/live-line.ts';

/** A task that takes no time is told at once, a long one is not asked for five times a second. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2000;
const GROWTH = 1.3;

export function addWatchTaskCommand(tasks: Command): void {
  tasks
    .command('watch')
    .description('follows a task to its end: exit code 0 if it has completed, 1 if not')
    .argument('<id>', 'of the task')
    .addHelpText(
      'after',
      `
On a terminal one line shows how it is, elsewhere there is a line for each change, with --json an object a line.
Each look costs half a read unit.
${examples(['tasks watch 01KB2N5ZV4E8FJYV7D0Q1V6C3M && echo done', 'waits for a task'])}`,
    )
    .action(watchTask);
}

async function watchTask(id: string, _options: object, command: Command): Promise<void> {
  const cli = cliOf(command);
  const { log } = await cli.connect();
  const signal = interruption();
  const line = liveLine();
  let last: TaskSummary | undefined;
  for await (const task of changesOf(id, log, signal)) {
    last = task;
    if (cli.options.json) process.stdout.write(`${JSON.stringify(statusView(task))}\n`);
    else line.show(`${task.id} ${stateText(task)}`);
  }
  line.end();
  if (last === undefined || !isFinal(last.status)) return;
  const report = cli.options.json ? undefined : (await log.get(last.id))?.report;
  if (report) process.stdout.write(`${renderReport(report)}\n`);
  if (last.status !== 'completed') process.exitCode = EXIT.refused;
}

/** The task as it is, then after each change to see, until it has ended or nobody watches. */
async function* changesOf(
  id: string,
  log: TaskLog,
  signal: AbortSignal,
): AsyncGenerator<TaskSummary> {
  let task = await existingTask(id, (known) => log.getSummary(known));
  yield task;
  let pauseMs = FIRST_PAUSE_MS;
  while (!isFinal(task.status)) {
    await pause(pauseMs, signal);
    if (signal.aborted) return;
    pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS);
    const now = (await log.getSummary(task.id, 'soon')) ?? task;
    if (stateText(now) !== stateText(task)) yield now;
    task = now;
  }
}
