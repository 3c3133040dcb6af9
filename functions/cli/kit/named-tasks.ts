import { inTurn } from '../../../shared/batches.ts';
import { TaskNotFoundError, TaskQueueError } from '../../../shared/errors.ts';
import type { Cli } from '../cli.ts';
import { interruption } from '../terminal/keyboard.ts';
import { startProgress } from '../terminal/progress.ts';
import { EXIT, terminalMessageOf } from './cli-error.ts';

/** Reads a task by the id that a user typed. @throws {TaskNotFoundError} */
export async function existingTask<Found>(
  id: string,
  read: (id: string) => Promise<Found | undefined>,
): Promise<Found> {
  // Some tools show ids in lower case, and people copy them.
  const known = id.toUpperCase();
  // Lazy: the help needs no ids.
  const { isTaskId } = await import('../../../shared/ids.ts');
  const found = isTaskId(known) ? await read(known) : undefined;
  if (found === undefined) throw new TaskNotFoundError(id);
  return found;
}

/** The outcome for one task. */
export type Done = { readonly id: string; readonly outcome: string };
/** A task that the command refused. */
export type Refused = { readonly id: string; readonly error: TaskQueueError };

type Options<Result extends Done> = {
  /** Pages of ids. */
  readonly ids: Iterable<readonly string[]> | AsyncIterable<readonly string[]>;
  readonly act: (id: string) => Promise<Result>;
  /** The output line of one task. @default only their numbers are printed */
  readonly line?: (done: Result) => string;
};

const AT_ONCE = 10;

/**
 * Acts on one task after the other. A refused task does not stop the others, but makes the exit code 1.
 * Ctrl-C finishes the page in progress and prints what was done.
 */
export async function actOnTasks<Result extends Done>(
  cli: Cli,
  { ids, act, line }: Options<Result>,
): Promise<void> {
  const signal = interruption(cli);
  const progress = startProgress(cli);
  const results: (Result | Refused)[] = [];
  for await (const page of ids) {
    if (signal.aborted) break;
    results.push(...(await inTurn(page, AT_ONCE, (id) => orRefused(id, act))));
    progress.update(results.length, `${results.length} tasks`);
  }
  progress.end();
  printResults<Result>(cli, results, {
    json: itemsJson,
    text: (done) => {
      if (line) return done.map(line).join('\n');
      const summary = Object.entries(countsOf(done)).map(
        ([outcome, count]) => `${count} ${outcome}`,
      );
      return summary.join(', ') || 'Nothing to do.';
    },
  });
}

/** Each result, and how many there are by outcome. */
export const itemsJson = (results: readonly (Done | Refused)[]): object => ({
  items: results.map((result) => (isRefused(result) ? refusalJson(result) : result)),
  counts: {
    ...countsOf(results.filter((result): result is Done => !isRefused(result))),
    refused: results.filter(isRefused).length,
  },
});

const countsOf = (done: readonly Done[]): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(done, ({ outcome }) => outcome)].map(([outcome, all]) => [outcome, all.length]),
  );

/** @throws everything but errors of this one task */
export async function orRefused<Result>(
  id: string,
  act: (id: string) => Promise<Result>,
): Promise<Result | Refused> {
  try {
    return await act(id);
  } catch (error) {
    if (!(error instanceof TaskQueueError)) throw error;
    return { id, error };
  }
}

export const isRefused = (result: object): result is Refused => 'error' in result;

export const refusalText = ({ id, error }: Refused): string => `${id}: ${terminalMessageOf(error)}`;

const refusalJson = ({ id, error }: Refused): object => ({
  id,
  code: error.code,
  message: terminalMessageOf(error),
});

/** How results are printed: as JSON, and as text. */
type Printer<Result> = {
  readonly json: (results: readonly (Result | Refused)[]) => object;
  readonly text: (done: readonly Result[]) => string;
};

/** Prints results and refusals, and sets the exit code. */
export function printResults<Result extends object>(
  cli: Cli,
  results: readonly (Result | Refused)[],
  { json, text }: Printer<Result>,
): void {
  const done = results.filter((result): result is Result => !isRefused(result));
  const refused = results.filter(isRefused);
  cli.print(json(results), () => text(done));
  for (const one of refused) cli.note(refusalText(one));
  if (refused.length > 0) cli.run.exitCode ??= EXIT.refused;
}
