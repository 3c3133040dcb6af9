import { newTaskId } from '../../shared/ids.ts';
import type { TaskContext } from '../../shared/task/task-context.ts';
import { quietLogger } from './quiet-logger.ts';

type Progressed = { readonly percent: number; readonly message?: string };

/** The context of a first attempt, changed as a test needs. Keeps what progress it was told. */
export function aContext(
  changes: Partial<TaskContext> = {},
): TaskContext & { readonly progressed: readonly Progressed[] } {
  const progressed: Progressed[] = [];
  return {
    taskId: newTaskId(),
    label: 'Export of delivery 1',
    owner: undefined,
    attempt: 1,
    signal: new AbortController().signal,
    logger: quietLogger(),
    progress: async (percent, message) => {
      progressed.push({ percent, ...(message === undefined ? {} : { message }) });
    },
    progressed,
    enqueueChild: async () => newTaskId(),
    enqueueChildren: async (children) => children.map(() => newTaskId()),
    ...changes,
  };
}
