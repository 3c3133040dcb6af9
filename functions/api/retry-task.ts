import type { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { TaskInProgressError } from '../../shared/errors.ts';
import { isFinal } from '../../shared/task-log/status.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { optionsSchema } from './decide-task.ts';
import { parseOptions, type Route } from './http.ts';
import { ownTask } from './own-task.ts';

/**
 * POST /tasks/{id}/retry, with `{ force? }` or no body → 202 `{ id, queue, retryOf }`: a new task of
 * the same name, parameters, label and owner. The old record stays as it is.
 */
export const retryTask =
  (log: TaskLog, dispatcher: Dispatcher): Route =>
  async (request) => {
    const { force } = parseOptions(optionsSchema, request);
    const old = await ownTask(request.path['id'], request.caller, (id) => log.get(id));
    if (!isFinal(old.status) && !force) throw new TaskInProgressError('retry');
    const { id: retryOf, name, parameters, label, owner, masterStatus } = old;
    const task = await dispatcher.enqueue({
      name,
      parameters,
      label,
      masterStatus,
      retryOf,
      ...(owner === undefined ? {} : { owner }),
    });
    return { status: 202, body: { ...task, retryOf } };
  };
