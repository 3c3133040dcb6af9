/** One problem of an input: where it is, and what is accepted there. */
export type FieldProblem = {
  /** Path in the input, e.g. `queues[0].weight`. Empty for the input as a whole. */
  path: string;
  message: string;
};

/** Writes a path as people do, such as `rows[2].score`. @param root what comes before it */
export const pathOfKeys = (keys: readonly PropertyKey[], root = ''): string =>
  keys.reduce<string>(appendKey, root);

const appendKey = (path: string, key: PropertyKey): string =>
  typeof key === 'number' ? `${path}[${key}]` : `${path}${path && '.'}${String(key)}`;

/** Stable API: callers switch on the code, never on the message. */
export type ErrorCode =
  | 'BROKER_UNAVAILABLE'
  | 'CONFIG_INVALID'
  | 'CONTROL_CONFLICT'
  | 'CURSOR_INVALID'
  | 'FILES_UNAVAILABLE'
  | 'FILE_NOT_FOUND'
  | 'REPORT_NOT_FOUND'
  | 'IDEMPOTENCY_CONFLICT'
  | 'LOG_UNAVAILABLE'
  | 'PARAMETERS_INVALID'
  | 'QUEUE_NOT_TRANSACTIONAL'
  | 'SCHEMA_MISMATCH'
  | 'STATS_CONFLICT'
  | 'TASK_ENDED'
  | 'TASK_IN_PROGRESS'
  | 'TASK_NAME_UNKNOWN'
  | 'TASK_NOT_FOUND'
  | 'TASK_TOO_LARGE';

/** Base of every error that this library throws on purpose. Messages are for people, codes for programs. */
export abstract class TaskQueueError extends Error {
  abstract readonly code: ErrorCode;
  /** All problems of the input. Empty when there is nothing to list. */
  readonly problems: readonly FieldProblem[] = [];

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The broker refused or timed out. It is unknown whether the task was stored: send it again. */
export class BrokerUnavailableError extends TaskQueueError {
  readonly code = 'BROKER_UNAVAILABLE';

  constructor(queue: string, cause: unknown) {
    super(`The broker of queue "${queue}" did not accept the call.`, { cause });
  }
}

/** The configuration cannot be used. `problems` lists everything to fix. */
export class ConfigInvalidError extends TaskQueueError {
  readonly code = 'CONFIG_INVALID';
  override readonly problems: readonly FieldProblem[];

  constructor(source: string, problems: readonly FieldProblem[]) {
    const lines = problems.map(({ path, message }) => `  - ${path ? `${path}: ` : ''}${message}`);
    super(`The configuration ${source} is invalid:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/** Another caller changed the live settings at the same time. Read them again, then retry. */
export class ControlConflictError extends TaskQueueError {
  readonly code = 'CONTROL_CONFLICT';

  constructor(version: number) {
    super(`The live settings have changed since version ${version}.`);
  }
}

/** The cursor is invalid, or belongs to another list. Start again from the first page. */
export class CursorInvalidError extends TaskQueueError {
  readonly code = 'CURSOR_INVALID';

  constructor() {
    super(
      'The cursor is not one this service gave out for this list: filters and order must stay as ' +
        'they were. Leave it out to get the first page.',
    );
  }
}

/** The file store refused or timed out. Retry: every operation of the port can be repeated. */
export class FilesUnavailableError extends TaskQueueError {
  readonly code = 'FILES_UNAVAILABLE';

  constructor(operation: string, cause: unknown) {
    super(`The file store did not answer (${operation}).`, { cause });
  }
}

/** The task made no file, has not completed yet, or was archived, which deletes its file. */
export class FileNotFoundError extends TaskQueueError {
  readonly code = 'FILE_NOT_FOUND';

  constructor(taskId: string) {
    super(`Task "${taskId}" has no file to download.`);
  }
}

/** No attempt of the task has ended yet. */
export class ReportNotFoundError extends TaskQueueError {
  readonly code = 'REPORT_NOT_FOUND';

  constructor(taskId: string) {
    super(`Task "${taskId}" has no report yet.`);
  }
}

/** The key was used for other tasks before. Use another key. */
export class IdempotencyConflictError extends TaskQueueError {
  readonly code = 'IDEMPOTENCY_CONFLICT';

  constructor(key: string) {
    super(`The idempotency key "${key}" belongs to another request of yours.`);
  }
}

/** The task log refused or timed out. Retry: every operation of the port can be repeated. */
export class LogUnavailableError extends TaskQueueError {
  readonly code = 'LOG_UNAVAILABLE';

  constructor(operation: string, cause: unknown) {
    super(`The task log did not answer (${operation}).`, { cause });
  }
}

/** The parameters do not fit the task's schema, or the label or owner is too long. Fix them and send again. */
export class ParametersInvalidError extends TaskQueueError {
  readonly code = 'PARAMETERS_INVALID';
  override readonly problems: readonly FieldProblem[];

  constructor(taskName: string, problems: readonly FieldProblem[]) {
    super(`The task "${taskName}" is invalid.`);
    this.problems = problems;
  }
}

/** The queue cannot enqueue within a transaction: it is not in the database of the task log. */
export class QueueNotTransactionalError extends TaskQueueError {
  readonly code = 'QUEUE_NOT_TRANSACTIONAL';

  constructor(queue: string) {
    super(
      `Queue "${queue}" cannot enqueue within a transaction: queue and task log must both be on ` +
        '"postgres", in the same database.',
    );
  }
}

/** The database has another schema version than this code needs. */
export class SchemaMismatchError extends TaskQueueError {
  readonly code = 'SCHEMA_MISMATCH';
  /** Schema versions. 0: there is no schema. */
  readonly found: number;
  readonly needed: number;

  constructor(found: number, needed: number) {
    super(
      `The database has schema version ${found}, and this code needs version ${needed}: ` +
        (found > needed
          ? 'use newer code.'
          : 'run the migrations with `task-queue init` or a deployment.'),
    );
    this.found = found;
    this.needed = needed;
  }
}

/** Another repair corrects the same statistics at the same time. Run one at a time. */
export class StatsConflictError extends TaskQueueError {
  readonly code = 'STATS_CONFLICT';

  constructor() {
    super('Another repair has corrected the statistics at the same time. Run the repair again.');
  }
}

/** It is too late to cancel or archive: the task has already ended otherwise. */
export class TaskEndedError extends TaskQueueError {
  readonly code = 'TASK_ENDED';

  constructor(verb: 'archive' | 'cancel', status: string) {
    super(`Task cannot be ${PARTICIPLE[verb]} because it is already ${status}.`);
  }
}

/** The task is in progress. The action needs force. */
export class TaskInProgressError extends TaskQueueError {
  readonly code = 'TASK_IN_PROGRESS';
  /** The message without the hint, for interfaces that name force differently. */
  readonly reason: string;

  constructor(verb: keyof typeof PARTICIPLE) {
    const reason = `Task cannot be ${PARTICIPLE[verb]} because it ${REFUSAL[verb]}.`;
    super(`${reason} Use force to do it anyway.`);
    this.reason = reason;
  }
}

const REFUSAL = {
  archive: 'is in progress',
  cancel: 'is already dequeued',
  retry: 'has not ended yet',
} as const;
const PARTICIPLE = { archive: 'archived', cancel: 'cancelled', retry: 'retried' } as const;

/** No task definition has this name. `problems` lists the known names. */
export class TaskNameUnknownError extends TaskQueueError {
  readonly code = 'TASK_NAME_UNKNOWN';
  override readonly problems: readonly FieldProblem[];

  constructor(name: string, known: readonly string[]) {
    super(`No task is named "${name}".`);
    this.problems = [{ path: 'name', message: `must be one of ${known.join(', ')}` }];
  }
}

/** No task has this id, or it belongs to another owner. */
export class TaskNotFoundError extends TaskQueueError {
  readonly code = 'TASK_NOT_FOUND';

  constructor(id: string) {
    super(`There is no task with id "${id}".`);
  }
}

/** The task is too large for this deployment. Store the data in a file and pass its address. */
export class TaskTooLargeError extends TaskQueueError {
  readonly code = 'TASK_TOO_LARGE';

  constructor(bytes: number, limitBytes: number) {
    super(`The task takes ${bytes} bytes; at most ${limitBytes} are accepted.`);
  }
}
