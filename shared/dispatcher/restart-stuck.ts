import type { StoredFiles } from '../files/file-store.ts';
import { parametersOf } from '../files/payloads.ts';
import type { Resends, StuckTask } from '../task-log/resends.ts';
import { type StuckQuery, stuckPages, stuckTasks } from '../task-log/stuck-tasks.ts';
import type { TaskLog } from '../task-log/task-log.ts';
import type { Dispatcher } from './dispatcher.ts';
import { queueAgain, type Resent, type SendAgainDeps } from './send-again.ts';

export type RestartDeps = Pick<SendAgainDeps, 'catalogue' | 'config'> & {
  readonly log: TaskLog;
  readonly resends: Resends;
  readonly files: Pick<StoredFiles, 'get'> | undefined;
  readonly dispatcher: Pick<Dispatcher, 'sendAgain'>;
};

export type RestartOptions = {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Most tasks to restart. @default all */
  readonly limit?: number | undefined;
  readonly onProgress?: (result: RestartResult) => void;
};

export type RestartResult = {
  readonly total: number;
  readonly restarted: number;
  /** They had begun, or ended, before it was their turn. */
  readonly movedOn: number;
  readonly errors: readonly { readonly id: string; readonly message: string }[];
};

type Ready = { readonly stuck: StuckTask; readonly resent: Resent };
type Outcome = 'restarted' | 'moved-on' | Error;

/**
 * Sends stuck tasks again under their ids. Send, then record: dying in between leaves a task that is
 * found stuck again, and a second message of it, which is for the claim to tell from the first. The
 * other order could leave a task that is taken for restarted, and that nobody will run.
 */
export async function restartStuck(
  query: StuckQuery,
  { limit = Number.POSITIVE_INFINITY, now, onProgress }: RestartOptions,
  deps: RestartDeps,
): Promise<RestartResult> {
  const filter = stuckTasks(query, now);
  let result: RestartResult = { total: 0, restarted: 0, movedOn: 0, errors: [] };
  for await (const page of stuckPages(deps.log, filter)) {
    const ids = page.slice(0, limit - result.total).map(({ id }) => id);
    const stuck = ids.map((id) => ({ id, since: filter.updatedBefore }));
    result = withPage(result, ids, await restartPage(stuck, deps));
    onProgress?.(result);
    if (result.total >= limit) break;
  }
  return result;
}

function withPage(
  before: RestartResult,
  ids: readonly string[],
  outcomes: readonly Outcome[],
): RestartResult {
  const count = (outcome: Outcome): number => outcomes.filter((other) => other === outcome).length;
  const errors = outcomes.flatMap((outcome, index) =>
    outcome instanceof Error ? [{ id: ids[index] ?? '', message: outcome.message }] : [],
  );
  return {
    total: before.total + ids.length,
    restarted: before.restarted + count('restarted'),
    movedOn: before.movedOn + count('moved-on'),
    errors: [...before.errors, ...errors],
  };
}

async function restartPage(page: readonly StuckTask[], deps: RestartDeps): Promise<Outcome[]> {
  const prepared = await Promise.all(page.map((stuck) => prepare(stuck, deps)));
  const ready = prepared.filter(isReady);
  const answers = await deps.dispatcher.sendAgain(ready.map(({ resent }) => resent));
  const refusals = new Map(ready.map((item, index) => [item, answers[index]]));
  return Promise.all(
    prepared.map(async (item) => {
      if (!isReady(item)) return item;
      const refusal = refusals.get(item);
      if (refusal) return refusal;
      await deps.resends.noteRestart(item.stuck, item.resent.queue);
      return 'restarted';
    }),
  );
}

async function prepare(stuck: StuckTask, deps: RestartDeps): Promise<Ready | Outcome> {
  const { resends, files } = deps;
  const readiness = await resends.prepareRestart(stuck);
  if (readiness.outcome === 'moved-on') return 'moved-on';
  if (readiness.outcome === 'parameters-lost') return new Error('its parameters are lost');
  const { task, queue: was } = readiness;
  try {
    const parameters = await parametersOf(task, files);
    const queue = queueAgain({ name: task.name, queue: was }, parameters, deps);
    return { stuck, resent: { task, queue } };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const isReady = (item: Ready | Outcome): item is Ready =>
  typeof item === 'object' && !(item instanceof Error);
