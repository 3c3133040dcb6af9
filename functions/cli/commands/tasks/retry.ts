import type { Command } from 'commander';
import { inTurn } from '../../../../shared/batches.ts';
import {
  type EnqueuedTask,
  type EnqueueMany,
  retryRequestOf,
} from '../../../../shared/dispatcher/enqueue-request.ts';
import { TaskInProgressError, TaskQueueError } from '../../../../shared/errors.ts';
import { isFinal } from '../../../../shared/task-log/status.ts';
import type { TaskQueries } from '../../../../shared/task-log/task-log.ts';
import { type Cli, cliOf, examples } from '../../cli.ts';
import { CliError, refuseAll } from '../../kit/cli-error.ts';
import {
  existingTask,
  isRefused,
  itemsJson,
  orRefused,
  printResults,
  type Refused,
  refusalText,
} from '../../kit/named-tasks.ts';
import {
  awaitEnds,
  noteOutcome,
  outcomeJson,
  outcomeText,
  timeoutProblem,
  type WaitFlags,
  withWaitOptions,
} from '../../kit/wait-for-tasks.ts';

type RetryOptions = WaitFlags & { readonly force?: boolean };

/** A new task, and the ended one that it repeats. */
type Retried = EnqueuedTask & { readonly retryOf: string };

const AT_ONCE = 10;

/** `task-queue tasks retry`: each task by itself. */
export function addRetryTasksCommand(tasks: Command): void {
  withOptions(tasks.command('retry'))
    .description('Retry tasks: enqueue each again as a new task')
    .addHelpText(
      'after',
      `
The new task has the same name, parameters, label and owner. The old record stays as it is. If you repeat
the command, it makes another new task.
${examples(['tasks retry 01KB2N5ZV4E8FJYV7D0Q1V6C3M', 'retry a task after a fix'])}`,
    )
    .action((ids: string[], options: RetryOptions, command: Command) =>
      retry([...new Set(ids)], options, cliOf(command), EACH),
    );
}

/** `task-queue rerun`: all tasks or none. */
export function addRerunCommand(program: Command): void {
  withOptions(program.command('rerun'))
    .description('Retry tasks like `tasks retry`, but all of them or none')
    .addHelpText(
      'after',
      `
The new task has the same name, parameters, label and owner, and names the task that it repeats. The old
record stays as it is. If one of the tasks cannot be retried, none is.
${examples(['rerun 01KB2N5ZV4E8FJYV7D0Q1V6C3M --wait', 'wait for the new task'])}`,
    )
    .action((ids: string[], options: RetryOptions, command: Command) =>
      retry(ids, options, cliOf(command), ALL),
    );
}

/** Differences between the two commands. */
type Spelling = {
  readonly isAllOrNone: boolean;
  readonly line: (task: Retried) => string;
  readonly json: (results: readonly (Retried | Refused)[]) => object;
};

const EACH: Spelling = {
  isAllOrNone: false,
  line: ({ id, queue, retryOf }) => `${retryOf} retried as ${id} in queue ${queue}`,
  json: (results) =>
    itemsJson(
      results.map((result) => {
        if (isRefused(result)) return result;
        const { id: newId, retryOf: id, ...task } = result;
        return { id, outcome: 'retried', newId, ...task };
      }),
    ),
};

const ALL: Spelling = {
  isAllOrNone: true,
  line: ({ id, queue, retryOf }) => `${id}  ${queue}  again ${retryOf}`,
  json: (results) => ({ tasks: results.filter((result) => !isRefused(result)) }),
};

const withOptions = (command: Command): Command =>
  withWaitOptions(
    command
      .argument('<ids...>', 'Ids of the tasks')
      .option('--force', 'Also retry tasks that have not ended'),
  );

async function retry(
  ids: readonly string[],
  options: RetryOptions,
  cli: Cli,
  { isAllOrNone, line, json }: Spelling,
): Promise<void> {
  refuseAll([timeoutProblem(options)]);
  const { dispatcher, log } = await cli.connect();
  const requests = await inTurn(ids, AT_ONCE, (id) =>
    orRefused(id, (known) => requestOf(known, log, options)),
  );
  const unfit = requests.filter(isRefused);
  if (isAllOrNone && unfit.length > 0) throw new CliError(unfit.map(refusalText).join('\n'));
  const results = await enqueueAll(requests, dispatcher);
  const retried = results.filter((result): result is Retried => !isRefused(result));
  const lines = retried.map(line).join('\n');
  if (!options.wait) {
    return printResults(cli, results, { json, text: () => lines });
  }
  cli.note(lines);
  const newIds = retried.map(({ id }) => id);
  const waited = await awaitEnds(newIds, log, cli, options.timeout);
  const ends = new Map(waited.map((one) => [one.id, outcomeJson(one)]));
  const ended = results.map((result) =>
    isRefused(result) ? result : { ...result, ...ends.get(result.id) },
  );
  printResults(cli, ended, { json, text: () => waited.map(outcomeText).join('') });
  noteOutcome(waited, cli);
}

async function requestOf(id: string, log: TaskQueries, { force = false }: RetryOptions) {
  const task = await existingTask(id, (known) => log.get(known));
  if (!isFinal(task.status) && !force) throw new TaskInProgressError('retry');
  return retryRequestOf(task);
}

type Request = ReturnType<typeof retryRequestOf>;

async function enqueueAll(
  requests: readonly (Request | Refused)[],
  dispatcher: { readonly enqueueMany: EnqueueMany },
): Promise<(Retried | Refused)[]> {
  const accepted = requests.filter((one): one is Request => !isRefused(one));
  const answers = (await dispatcher.enqueueMany(accepted)).values();
  return requests.map((request): Retried | Refused => {
    if (isRefused(request)) return request;
    const { retryOf } = request;
    const { value: answer } = answers.next();
    if (answer instanceof TaskQueueError) return { id: retryOf, error: answer };
    if (!answer || answer instanceof Error) throw answer ?? new Error('a request has no answer');
    return { ...answer, retryOf };
  });
}
