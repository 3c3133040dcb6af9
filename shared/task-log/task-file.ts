import type { FileStore } from '../files/file-store.ts';
import type { TaskCategory } from '../task/category.ts';
import type { StoredFile } from '../task/stored-file.ts';
import type { TaskCatalogue } from '../task/task-definition.ts';
import { isFinal } from './status.ts';
import type { TaskSummary } from './task-log.ts';

/** What an export made is of no use once the task is put away; what others made may be. */
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
 * Deletes the file of an archived export; leaves any other. For whoever archives a task, after that
 * is recorded, and again whenever it is archived again: dying in between leaves a file that nobody
 * is shown, which the bucket's lifecycle rule deletes in the end.
 * @throws {FilesUnavailableError}
 */
export async function deleteFileOf(
  { file, name }: Pick<TaskSummary, 'file' | 'name'>,
  catalogue: TaskCatalogue,
  files: Pick<FileStore, 'delete'> | undefined,
): Promise<void> {
  if (file && isDeletedByArchiving(catalogue.categoryOf(name))) await files?.delete(file.key);
}
