import type { Command } from 'commander';
import { type Cli, type Connection, cliOf, examples } from '../../cli.ts';
import { EXIT, refuseAll } from '../../kit/cli-error.ts';
import {
  addTaskArguments,
  PARAMETERS_HELP,
  parameterProblems,
  type TaskFlags,
  taskRequestOf,
} from '../../kit/options/task-arguments.ts';
import { printable } from '../../terminal/text.ts';

export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('Run one task in this process, without a queue, and print its report')
    .argument('<name>', 'Name of the task');
  addTaskArguments(command)
    .addHelpText(
      'after',
      `${PARAMETERS_HELP}
The task is claimed, run and recorded as in a worker, with one attempt. The exit code is 1 unless it
completes. Ctrl-C aborts its signal and cancels it. A second Ctrl-C ends the process at once, and the
record stays "running". Child tasks wait in their queues for a worker.
${examples(
  ['run compute-statistics -p values=1 -p values=2', 'run a task and print the report'],
  ['run import-results @results.json --json', 'read parameters from a file, print JSON'],
)}`,
    )
    .action(run);
}

async function run(
  name: string,
  source: string | undefined,
  options: TaskFlags,
  command: Command,
): Promise<void> {
  const cli = cliOf(command);
  refuseAll(parameterProblems(source, options));
  const connection = await cli.connect();
  const request = await taskRequestOf(name, source, options, connection.catalogue);
  const [{ runInline }, { loadHandlers }, { interruption }] = await Promise.all([
    import('../../../../shared/worker/inline-runner.ts'),
    import('../../kit/connection.ts'),
    import('../../terminal/keyboard.ts'),
  ]);
  const { dispatcher, files } = connection;
  const { id } = await runInline(
    request,
    {
      ...connection,
      payloads: files,
      handlers: await loadHandlers(connection.env),
      enqueueMany: (requests) => dispatcher.enqueueMany(requests),
      workerId: `cli-${process.pid}`,
    },
    interruption(),
  );
  await showEnd(id, connection, cli);
}

async function showEnd(id: string, { log }: Connection, cli: Cli): Promise<void> {
  const { renderReport } = await import('../../../../shared/report/report.ts');
  const record = await log.get(id);
  const { status = 'cancelled', queue, report } = record ?? {};
  cli.note(`${id}  ${status}`);
  cli.print({ id, queue, status, report }, () => (report ? printable(renderReport(report)) : ''));
  // Its children run in workers.
  if (status !== 'completed' && status !== 'child_running') process.exitCode ??= EXIT.refused;
}
