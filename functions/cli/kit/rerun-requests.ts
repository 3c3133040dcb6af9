import { retryRequestOf } from '../../../shared/dispatcher/enqueue-request.ts';
import { TaskInProgressError } from '../../../shared/errors.ts';
import { isFinal } from '../../../shared/task-log/status.ts';
import type { TaskLog } from '../../../shared/task-log/task-log.ts';
import { CliError } from './cli-error.ts';
import { existingTask } from './existing-task.ts';

/** @throws {CliError} naming every task that cannot be run again, and why */
export async function rerunRequests(
  ids: readonly string[],
  log: TaskLog,
  { force = false }: { readonly force?: boolean },
): Promise<ReturnType<typeof retryRequestOf>[]> {
  const found = await Promise.allSettled(
    ids.map(async (id) => {
      const record = await existingTask(id, (known) => log.get(known));
      if (!isFinal(record.status) && !force) throw new TaskInProgressError('retry');
      return retryRequestOf(record);
    }),
  );
  const problems = found.flatMap((result, index) =>
    result.status === 'rejected' ? `${ids[index]}: ${messageOf(result.reason)}` : [],
  );
  if (problems.length > 0) throw new CliError(problems.join('\n'));
  return found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
