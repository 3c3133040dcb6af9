import { TaskTooLargeError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { MAX_PARAMETERS_BYTES } from '../limits.ts';
import type { Task } from '../task/task.ts';
import type { FileStore, PayloadStore } from './file-store.ts';

/** @throws {TaskTooLargeError} when parameters are too large even for the file store */
export function checkOffloadable(parameters: JsonValue): void {
  const bytes = Buffer.byteLength(JSON.stringify(JSON.stringify(parameters)));
  if (bytes > MAX_PARAMETERS_BYTES) throw new TaskTooLargeError(bytes, MAX_PARAMETERS_BYTES);
}

/**
 * Stores the parameters of a task, and returns the task with a pointer to them. If the process dies
 * before the task is sent, the bucket's lifecycle rule deletes the object.
 * @throws {FilesUnavailableError}
 */
export async function offloadParameters(task: Task, store: PayloadStore): Promise<Task> {
  const content = Buffer.from(JSON.stringify(task.parameters));
  const parametersAt = `payloads/${task.id}`;
  await store.put({ key: parametersAt, content, contentType: 'application/json' });
  return { ...task, parameters: null, parametersAt };
}

/**
 * Reads parameters by their pointer. Returns `undefined` when they are gone, or when this process
 * has no file store.
 * @throws {FilesUnavailableError}
 */
export async function readParameters(
  parametersAt: string,
  files: Pick<FileStore, 'get'> | undefined,
): Promise<JsonValue | undefined> {
  const content = await files?.get(parametersAt);
  return content && (JSON.parse(Buffer.from(content).toString()) as JsonValue);
}

/**
 * Returns the parameters of a task, from the task itself or from the file store.
 * @throws {FilesUnavailableError | Error}
 */
export async function parametersOf(
  { parameters, parametersAt }: Task,
  files: Pick<FileStore, 'get'> | undefined,
): Promise<JsonValue> {
  if (parametersAt === undefined) return parameters;
  const stored = await readParameters(parametersAt, files);
  if (stored !== undefined) return stored;
  throw new Error(`its parameters are not in the file store: ${parametersAt}`);
}
