import { readFileSync } from 'node:fs';
import { newTaskId } from '../../shared/ids.ts';
import type { StoredFile, TaskContext } from '../../shared/task/task-context.ts';
import { quietLogger } from './quiet-logger.ts';

type Progressed = { readonly percent: number; readonly message?: string };
type Told = {
  readonly progressed: readonly Progressed[];
  readonly files: readonly (StoredFile & { readonly text: string })[];
};

/** The context of a first attempt, changed as a test needs. Keeps its calls and the stored files. */
export function aContext(changes: Partial<TaskContext> = {}): TaskContext & Told {
  const progressed: Progressed[] = [];
  const files: (StoredFile & { text: string })[] = [];
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
    storeFile: async (file) => {
      const content = Buffer.from('path' in file ? readFileSync(file.path) : file.content);
      const { name, contentType = '' } = file;
      const stored = { key: `files/${name}`, name, contentType, bytes: content.length };
      files.push({ ...stored, text: content.toString() });
      return stored;
    },
    progressed,
    enqueueChild: async () => newTaskId(),
    enqueueChildren: async (children) => children.map(() => newTaskId()),
    files,
    ...changes,
  };
}
