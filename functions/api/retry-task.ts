import { retryRequestOf } from '../../shared/dispatcher/retry-request.ts';
import { TaskInProgressError } from '../../shared/errors.ts';
import { isFinal } from '../../shared/task-log/status.ts';
import { optionsSchema } from './decide-task.ts';
import { parseOptions, type Route } from './http.ts';
import { type EnqueueDeps, enqueueUnderKey } from './idempotency-key.ts';
import { ownTask } from './own-task.ts';

/**
 * POST /tasks/{id}/retry, with `{ force? }` or no body → 202 `{ id, queue, retryOf }`: a new task of
 * the same name, parameters, label and owner. The old record stays as it is. With the header
 * `idempotency-key`, a repetition makes no second one.
 */
export const retryTask =
  (deps: EnqueueDeps): Route =>
  async (request) => {
    const { force } = parseOptions(optionsSchema, request);
    const old = await ownTask(request.path['id'], request.caller, (id) => deps.log.get(id));
    if (!isFinal(old.status) && !force) throw new TaskInProgressError('retry');
    const again = retryRequestOf(old);
    const { answers, isReplay } = await enqueueUnderKey([again], request, deps);
    const [task] = answers;
    if (task === undefined || task instanceof Error) throw task;
    const headers = isReplay ? { 'idempotency-replayed': 'true' } : {};
    return { status: 202, body: { ...task, retryOf: old.id }, headers };
  };
