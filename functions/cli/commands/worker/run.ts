import type { Command } from 'commander';
import { type Cli, type Connection, cliOf } from '../../cli.ts';
import { EXIT, refuseAll } from '../../kit/cli-error.ts';
import { examples } from '../../kit/examples.ts';
import {
  addTaskArguments,
  PARAMETERS_HELP,
  parameterProblems,
  type TaskOptions,
  taskRequestOf,
} from '../../kit/options/task-arguments.ts';
import { printable } from '../../terminal/printable.ts';

export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('runs one task here and now, without a queue, and shows its report')
    .argument('<name>', 'of the task');
  addTaskArguments(command)
    .addHelpText(
      'after',
      `${PARAMETERS_HELP}
It is claimed, run and recorded as a worker does it, with one attempt. The exit code is 1 unless it
completes. Ctrl-C aborts its signal and ends it as cancelled; a second one ends the process at once,
and its record stays "running". Children that it enqueues wait in their queues for a worker.
${examples(
  ['run compute-statistics -p values=1 -p values=2', 'runs it and shows the report'],
  ['run import-results @results.json --json', 'parameters from a file, the record as JSON'],
)}`,
    )
    .action(run);
}

async function run(
  name: string,
  source: string | undefined,
  options: TaskOptions,
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
  const { renderReport } = await import('../../../../shared/report/render-report.ts');
  const record = await log.get(id);
  const { status = 'cancelled', queue, report } = record ?? {};
  cli.note(`${id}  ${status}`);
  cli.print({ id, queue, status, ...(report && { report }) }, () =>
    report ? printable(renderReport(report)) : '',
  );
  // What its children are yet to do is theirs.
  if (status !== 'completed' && status !== 'child_running') process.exitCode ??= EXIT.refused;
}
