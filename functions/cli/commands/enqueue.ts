import type { Command } from 'commander';
import type { EnqueuedTask, EnqueueRequest } from '../../../shared/dispatcher/enqueue-request.ts';
import { MAX_DELAY_SECONDS } from '../../../shared/limits.ts';
import { type Cli, type Connection, cliOf } from '../cli.ts';
import { refuseAll } from '../kit/cli-error.ts';
import { examples } from '../kit/examples.ts';
import { type EnqueueOptions, enqueueProblems } from '../kit/options/enqueue-options.ts';
import { wholeNumber } from '../kit/options/parse-option.ts';
import {
  addTaskArguments,
  PARAMETERS_HELP,
  parameterProblems,
  taskRequestOf,
} from '../kit/options/task-arguments.ts';

export function addEnqueueCommand(program: Command): void {
  const command = program
    .command('enqueue')
    .description('enqueues a task, or with --bulk a file of them')
    .argument('[name]', 'of the task; with --bulk: of every line, which then is its parameters');
  addTaskArguments(command)
    .option(
      '--delay <seconds>',
      'not before that many seconds, 0 to 900',
      wholeNumber(0, MAX_DELAY_SECONDS),
    )
    .option('--idempotency-key <key>', 'repeated within 24 h under the same key, it is one task')
    .option('--wait', 'wait for its end and show its report; exit code 1 unless it completed')
    .option('--timeout <seconds>', 'wait no longer than that, 1 or more', wholeNumber(1))
    .option('--dry-run', 'check it and say which queue it would wait in, but enqueue nothing')
    .option('--bulk <file>', 'a task a line, as JSON; - for standard input')
    .option('--errors <file>', 'with --bulk: keep the refused lines there, a JSON object a line')
    .option('--journal <file>', 'with --bulk: how far it has come (default: <file>.progress)')
    .option(
      '--without-records',
      'with --bulk: the log learns of a task when a worker begins it; faster, and cheaper by that write',
    )
    .option('--restart', 'with --bulk: forget the journal, enqueue all lines as new tasks')
    .addHelpText('after', HELP)
    .action(enqueue);
}

const HELP = `${PARAMETERS_HELP}
The id and the queue are printed. As --json says nothing of where the parameters come from,
"--json @file" and "--json -" do what they look like: parameters from there, the result as JSON.

A line of a bulk file is { name, parameters, label?, owner?, delaySeconds?, masterStatus? }; empty
lines are skipped. A line that is refused is told with its number, and the others go on; the exit
code is 1 then. Stopped or killed at any time, the same command goes on where it was: no line is
lost, and none makes a second task. A file that was enqueued to its end is not enqueued again, but
for lines added to it since.
${examples(
  ['enqueue compute-statistics \'{"values":[1,2,3]}\' --wait', 'waits and shows the report'],
  ['enqueue export-results -p deliveryId=vip-1 -p rows=500', 'parameters one by one'],
  ['enqueue compute-statistics -p values=1 -p values=2', 'an array'],
  ['enqueue import-results --json @results.json', 'parameters from a file, the result as JSON'],
  ['enqueue --bulk tasks.jsonl --errors refused.jsonl', 'a file of any size; repeat it to go on'],
  ['enqueue export-results --bulk - --owner ann < parameters.jsonl', 'each line is parameters'],
)}`;

async function enqueue(
  name: string | undefined,
  source: string | undefined,
  options: EnqueueOptions,
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
  options: EnqueueOptions,
  cli: Cli,
): Promise<void> {
  const connection = await cli.connect();
  const request = {
    ...(await taskRequestOf(name, source, options, connection.catalogue)),
    ...(options.delay !== undefined && { delaySeconds: options.delay }),
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
  const waited = await awaitEnds([task.id], connection.log, options.timeout);
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
      `${name} would wait in queue ${queue}, with\n${JSON.stringify(parameters, null, 2)}\n` +
      'Nothing was enqueued (--dry-run).',
  );
}
