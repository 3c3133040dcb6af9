import { inTurn } from '../../../shared/batches.ts';
import { type ErrorCode, TaskQueueError } from '../../../shared/errors.ts';
import type { Cli } from '../cli.ts';
import { interruption } from '../terminal/interruption.ts';
import { startProgress } from '../terminal/progress.ts';
import { EXIT } from './cli-error.ts';
import { messageOf } from './report-error.ts';

/** What was done with one task. */
export type Done = { readonly id: string; readonly outcome: string };
type Refused = { readonly id: string; readonly code: ErrorCode; readonly message: string };

type Options<Result extends Done> = {
  /** Pages of ids. */
  readonly ids: Iterable<readonly string[]> | AsyncIterable<readonly string[]>;
  readonly act: (id: string) => Promise<Result>;
  /** The line for one of them. Absent: only their numbers are shown. */
  readonly line?: (done: Result) => string;
};

const AT_ONCE = 10;

/**
 * Acts on task after task. One that is refused does not keep the others from it, but makes the exit
 * code 1. After Ctrl-C the page in hand is finished, and what was done is told.
 */
export async function actOnTasks<Result extends Done>(
  cli: Cli,
  { ids, act, line }: Options<Result>,
): Promise<void> {
  const signal = interruption();
  const progress = startProgress();
  const items: (Result | Refused)[] = [];
  for await (const page of ids) {
    if (signal.aborted) break;
    items.push(...(await inTurn(page, AT_ONCE, (id) => tryTo(act, id))));
    progress.update(items.length, `${items.length} tasks`);
  }
  progress.end();
  show(cli, items, line);
}

async function tryTo<Result>(
  act: (id: string) => Promise<Result>,
  id: string,
): Promise<Result | Refused> {
  try {
    return await act(id);
  } catch (error) {
    if (!(error instanceof TaskQueueError)) throw error;
    return { id, code: error.code, message: messageOf(error) };
  }
}

function show<Result extends Done>(
  cli: Cli,
  items: readonly (Result | Refused)[],
  line: ((done: Result) => string) | undefined,
): void {
  const done = items.filter((item): item is Result => 'outcome' in item);
  const refused = items.filter((item): item is Refused => !('outcome' in item));
  const counts = Object.fromEntries(
    [...Map.groupBy(done, ({ outcome }) => outcome)].map(([outcome, all]) => [outcome, all.length]),
  );
  const summary = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
  cli.print({ items, counts: { ...counts, refused: refused.length } }, () =>
    line ? done.map(line).join('\n') : summary.join(', ') || 'Nothing to do.',
  );
  for (const { id, message } of refused) cli.note(`${id}: ${message}`);
  if (refused.length > 0) process.exitCode ??= EXIT.refused;
}
