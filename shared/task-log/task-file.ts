import type { FileStore } from '../files/file-store.ts';
import type { StoredFile } from '../task/task-context.ts';
import type { TaskCatalogue, TaskCategory } from '../task/task-definition.ts';
import { isFinal } from './status.ts';
import type { TaskSummary } from './task-log.ts';

/** Files of exports are useless once the task is archived; other files may still be useful. */
const isDeletedByArchiving = (category: TaskCategory): boolean => category === 'export';

/** The file that a task's owner can download: not before the task has ended, and not once deleted. */
export function downloadableFile(
  { file, name, status }: TaskSummary,
  catalogue: TaskCatalogue,
): StoredFile | undefined {
  const isGone = status === 'archived' && isDeletedByArchiving(catalogue.categoryOf(name));
  return isFinal(status) && !isGone ? file : undefined;
}

/**
 * Deletes the file of an archived export; leaves any other. Call it after a
 * task is recorded as archived, and again when it is archived again. A crash in between leaves a
 * hidden file, which the bucket's lifecycle rule deletes.
 * @throws {FilesUnavailableError}
 */
export async function deleteFileOf(
  { file, name }: Pick<TaskSummary, 'file' | 'name'>,
  catalogue: TaskCatalogue,
  files: Pick<FileStore, 'delete'> | undefined,
): Promise<void> {
  if (file && isDeletedByArchiving(catalogue.categoryOf(name))) await files?.delete(file.key);
}
