import type { Command } from 'commander';
import type { EnqueuedTask, EnqueueRequest } from '../../../shared/dispatcher/enqueue-request.ts';
import { MAX_DELAY_SECONDS } from '../../../shared/limits.ts';
import { type Cli, type Connection, cliOf, examples } from '../cli.ts';
import { refuseAll } from '../kit/cli-error.ts';
import { type EnqueueFlags, enqueueProblems } from '../kit/options/enqueue-options.ts';
import { wholeNumber } from '../kit/options/parse-option.ts';
import {
  addTaskArguments,
  PARAMETERS_HELP,
  parameterProblems,
  taskRequestOf,
} from '../kit/options/task-arguments.ts';
import { withWaitOptions } from '../kit/wait-for-tasks.ts';

export function addEnqueueCommand(program: Command): void {
  const command = program
    .command('enqueue')
    .description('Enqueue a task, or a file of tasks with --bulk')
    .argument(
      '[name]',
      'Name of the task; with --bulk, the name for all lines, which then are parameters only',
    );
  withWaitOptions(addTaskArguments(command))
    .option(
      '--delay <seconds>',
      'Delay before the task can start, 0 to 900',
      wholeNumber(0, MAX_DELAY_SECONDS),
    )
    .option('--idempotency-key <key>', 'Requests with the same key within 24 h make one task')
    .option('--dry-run', 'Check the task and print its queue, but do not enqueue it')
    .option('--bulk <file>', 'File with one task per line, as JSON; - reads standard input')
    .option(
      '--errors <file>',
      'With --bulk: write refused lines to this file, one JSON object per line',
    )
    .option(
      '--journal <file>',
      'With --bulk: file that keeps the progress (default: <file>.progress)',
    )
    .option(
      '--without-records',
      'With --bulk: write no record until a worker starts the task; faster and cheaper',
    )
    .option('--restart', 'With --bulk: ignore the journal and enqueue all lines as new tasks')
    .addHelpText('after', HELP)
    .action(enqueue);
}

const HELP = `${PARAMETERS_HELP}
The command prints the id and the queue. --json has no argument: "--json @file" reads parameters from the
file and prints the result as JSON.

A line of a bulk file is { name, parameters, label?, owner?, delaySeconds?, masterStatus? }. Empty lines
are skipped. A refused line is printed with its number and does not stop the others; the exit code is 1.
If the command is stopped or killed, repeat it: it continues where it was, loses no line and enqueues none
twice. Repeating it for a finished file enqueues only the lines added since.
${examples(
  ['enqueue compute-statistics \'{"values":[1,2,3]}\' --wait', 'wait and print the report'],
  ['enqueue export-results -p deliveryId=vip-1 -p rows=500', 'pass parameters one by one'],
  ['enqueue compute-statistics -p values=1 -p values=2', 'pass an array'],
  ['enqueue import-results --json @results.json', 'read parameters from a file, print JSON'],
  [
    'enqueue --bulk tasks.jsonl --errors refused.jsonl',
    'enqueue a file of any size; repeat to continue',
  ],
  [
    'enqueue export-results --bulk - --owner ann < parameters.jsonl',
    'each line contains parameters',
  ],
)}`;

async function enqueue(
  name: string | undefined,
  source: string | undefined,
  options: EnqueueFlags,
  command: Command,
): Promise<void> {
  const cli = cliOf(command);
  refuseAll([...parameterProblems(source, options), ...enqueueProblems(name, source, options)]);
  if (options.bulk !== undefined) {
    const { enqueueBulkFile } = await import('../bulk/enqueue-bulk-file.ts');
    await enqueueBulkFile(options.bulk, name, options, cli);
  } else {
    await enqueueOne(name ?? '', source, options, cli);
  }
}

async function enqueueOne(
  name: string,
  source: string | undefined,
  options: EnqueueFlags,
  cli: Cli,
): Promise<void> {
  const connection = await cli.connect();
  const request = {
    ...(await taskRequestOf(name, source, options, connection.catalogue, cli.host)),
    delaySeconds: options.delay,
  };
  const [prepared] = connection.dispatcher.prepare([request]);
  if (prepared instanceof Error) throw prepared;
  if (options.dryRun) return showPlan(request, connection, cli);

  const task = await enqueueRequest(request, options.idempotencyKey, connection);
  if (!options.wait) return cli.print(task, () => `${task.id}  ${task.queue}`);
  const { awaitEnds, noteOutcome, outcomeJson, outcomeText } = await import(
    '../kit/wait-for-tasks.ts'
  );
  cli.note(`${task.id}  ${task.queue}`);
  const waited = await awaitEnds([task.id], connection.log, cli, options.timeout);
  const [outcome] = waited;
  if (outcome) cli.print({ ...task, ...outcomeJson(outcome) }, () => outcomeText(outcome));
  noteOutcome(waited, cli);
}

async function enqueueRequest(
  request: EnqueueRequest,
  key: string | undefined,
  { dispatcher, log, idempotency }: Connection,
): Promise<EnqueuedTask> {
  if (key === undefined) return dispatcher.enqueue(request);
  const { enqueueOnce } = await import('../../../shared/dispatcher/enqueue-once.ts');
  const { owner = '' } = request;
  const { answers } = await enqueueOnce({ owner, key }, [request], {
    dispatcher,
    log,
    keys: idempotency,
  });
  const [task] = answers;
  if (task === undefined || task instanceof Error) throw task;
  return task;
}

async function showPlan(
  { name, parameters }: EnqueueRequest,
  { catalogue, config }: Connection,
  cli: Cli,
): Promise<void> {
  const { queueFor } = await import('../../../shared/dispatcher/prepare-task.ts');
  const definition = catalogue.get(name);
  const queue = queueFor(definition, definition.parameters.parse(parameters), config);
  cli.print(
    { dryRun: true, name, queue, parameters },
    () =>
      `${name} would wait in queue ${queue}, with parameters\n${JSON.stringify(parameters, null, 2)}\n` +
      'Nothing was enqueued (--dry-run).',
  );
}
