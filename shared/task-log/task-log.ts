import type { JsonValue } from '../json.ts';
import type { Report } from '../report/report.ts';
import type { Task } from '../task/task.ts';
import type { StoredFile } from '../task/task-context.ts';
import type { ListOrder } from './id-range.ts';
import type { FinalStatus, TaskStatus } from './status.ts';
import type { TaskFilter } from './task-filter.ts';

export type TaskProgress = { readonly percent: number; readonly message?: string };

/** A task's record without its parameters and report. Times are ISO 8601, UTC. */
export type TaskSummary = Omit<Task, 'parameters' | 'parametersAt'> & {
  readonly queue: string;
  readonly status: TaskStatus;
  /** Number of attempts that have begun. */
  readonly attempt: number;
  readonly updatedAt: string;
  /** When its message becomes visible, if it was sent or requeued with a delay. Absent once claimed. */
  readonly dueAt?: string;
  /** When the latest attempt began. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** When its cancellation was requested while it ran. */
  readonly cancelRequestedAt?: string;
  readonly progress?: TaskProgress;
  /** The file of the attempt that ended the task. */
  readonly file?: StoredFile;
};

export type TaskRecord = TaskSummary & {
  /** Read from the file store if they are there; null if they are gone. */
  readonly parameters: JsonValue;
  /** Report of the latest attempt that ended. */
  readonly report?: Report;
};

/** A worker's right to run a task, until its lease ends or another worker claims the task. */
export type Claim = {
  readonly taskId: string;
  /** Increases with every claim of the task. A write with an older token is refused. */
  readonly token: number;
  /** Attempts used, including this one. */
  readonly attempt: number;
};

export type ClaimRequest = {
  readonly queue: string;
  readonly workerId: string;
  readonly leaseSeconds: number;
  /** Unique. Repeat it when you repeat a claim after an error: you then get your own claim back. */
  readonly claimId: string;
};

export type ClaimResult =
  | {
      readonly outcome: 'claimed';
      readonly claim: Claim;
      /** Its cancellation was requested while it ran elsewhere: end it as cancelled. */
      readonly isCancelRequested: boolean;
      /** An earlier attempt, or this one, opened children. */
      readonly hasChildren: boolean;
    }
  /** The task has done its own work: acknowledge its message and run nothing. */
  | { readonly outcome: 'ended'; readonly status: FinalStatus | 'child_running' }
  /** Another worker has it, for at least this long. */
  | { readonly outcome: 'busy'; readonly forSeconds: number };

/** Answer of every write under a claim. `cancel-requested`: the claim still holds. */
export type ClaimState = 'ok' | 'cancel-requested' | 'lost';

export type Ending = {
  /** `child_running`: its own work is completed. The task ends when its children have ended. */
  readonly status: 'completed' | 'failed' | 'cancelled' | 'child_running';
  readonly report: Report;
  readonly file?: StoredFile;
  /**
   * The children that were sent. Required when others may be open and not sent, because an attempt
   * died or the broker refused them: the task does not wait for those without a record.
   */
  readonly sentChildren?: ReadonlySet<string>;
};

export type OpenedChildren = {
  /** Unless it is `ok`, no child was opened. */
  readonly state: ClaimState;
  /** The children that no earlier attempt has sent. */
  readonly toSend: ReadonlySet<string>;
};

export type Requeue = {
  /** False: this run does not count as an attempt. */
  readonly usesAttempt: boolean;
  readonly report?: Report;
  /** Until the task's message is visible again. @default 0 */
  readonly delaySeconds?: number;
};

export type CommandOptions = {
  /** Also for a task that is in progress. @default false */
  readonly force?: boolean;
};

export type CancelResult =
  /** It had not begun, and will not. */
  | { readonly outcome: 'cancelled' }
  /** It runs. Its worker learns of the request at its next heartbeat, or when the attempt ends. */
  | { readonly outcome: 'requested' }
  /** It is in progress, and `force` was not set. */
  | { readonly outcome: 'in-progress'; readonly status: TaskStatus }
  | { readonly outcome: 'ended'; readonly status: FinalStatus }
  | { readonly outcome: 'unknown' };

export type ArchiveResult =
  | { readonly outcome: 'archived'; readonly file?: StoredFile }
  /** It is in progress, and `force` was not set. */
  | { readonly outcome: 'in-progress'; readonly status: TaskStatus }
  | { readonly outcome: 'unknown' };

export type Freshness = 'now' | 'soon';

export type ListQuery = TaskFilter & {
  /** By id, and so by creation. @default newest */
  readonly order?: ListOrder | undefined;
  /** 1 to 100. */
  readonly limit: number;
  /** `next` of the page before, which had the same filter and order. */
  readonly cursor?: string | undefined;
  /** Number of matching tasks to skip, 0 to 10,000. The skipped records are read; a cursor costs nothing. */
  readonly offset?: number | undefined;
};

export type RecordsRead = {
  /** Including records that did not match. */
  readonly recordsRead: number;
};

export type TaskPage = RecordsRead & {
  readonly tasks: readonly TaskSummary[];
  /** Absent on the last page. Other pages may be short, or even empty: enough records were read. */
  readonly next?: string;
};

/** A field that a visitor may ask for. Fewer fields are read faster. */
export type VisitedField = 'id' | 'name' | 'queue' | 'status' | 'startedAt' | 'finishedAt';

export type TaskCount = RecordsRead & { readonly count: number };

export type UndecodableMessage = {
  readonly messageId: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  readonly queue: string;
  readonly reason: string;
};

/** First records, written by the sender or the receiver of a message. */
export interface TaskRecorder {
  /**
   * Writes the first record of a task whose message is sent. Does nothing if the task has one.
   * @param delaySeconds until the message is visible, 0 to 900
   */
  recordEnqueued(task: Task, queue: string, delaySeconds?: number): Promise<void>;

  /** Writes a record in status `unknown`, once per message, under an id derived from the message's. */
  recordUndecodable(message: UndecodableMessage): Promise<void>;
}

/** Writes of a worker about the tasks it runs. Only one worker has a task at a time. */
export interface TaskClaims {
  /** Takes the task if no worker has it. Writes its record if the enqueuer could not. */
  claim(task: Task, request: ClaimRequest): Promise<ClaimResult>;

  /** Extends the lease to `leaseSeconds` from now, unless the claim is lost. */
  heartbeat(claim: Claim, leaseSeconds: number, progress?: TaskProgress): Promise<ClaimState>;

  /** Stores the end of the task, and updates its parents. @returns false when the claim is lost */
  finish(claim: Claim, ending: Ending): Promise<boolean>;

  /** Opens children of the running task, before their messages are sent. It cannot complete before them. */
  openChildren(claim: Claim, childIds: readonly string[]): Promise<OpenedChildren>;

  /**
   * Makes the task claimable again: for a retry, for later, or because the worker stops. Has an effect
   * only when the answer is `ok`. Finish a task whose cancellation was requested.
   */
  requeue(claim: Claim, requeue: Requeue): Promise<ClaimState>;
}

/** Commands of people and applications for a task. */
export interface TaskCommands {
  /** Ends a task that waits. With `force`, stops one in progress and its open children. */
  cancel(taskId: string, options?: CommandOptions): Promise<CancelResult>;

  /** Puts a task aside for good. A waiting task never runs. A running one loses its effect here. */
  archive(taskId: string, options?: CommandOptions): Promise<ArchiveResult>;
}

export interface TaskQueries {
  /** @throws {FilesUnavailableError} when the parameters are in the file store and it cannot be reached */
  get(taskId: string): Promise<TaskRecord | undefined>;

  /** @param freshness `soon` costs half, and may miss a write of the last second. @default now */
  getSummary(taskId: string, freshness?: Freshness): Promise<TaskSummary | undefined>;

  /**
   * Reads one page. Without `offset` it reads at most 1,000 records, however many the log has.
   * @throws {CursorInvalidError}
   */
  list(query: ListQuery): Promise<TaskPage>;

  /** Counts matching tasks. Reads every record that may match. */
  count(filter: TaskFilter): Promise<TaskCount>;

  /** Calls `visitor` with every matching task, in no particular order. */
  visit<Field extends VisitedField>(
    filter: TaskFilter,
    fields: readonly Field[],
    visitor: (task: Pick<TaskSummary, Field>) => void,
  ): Promise<RecordsRead>;

  /**
   * Counts the tasks in each status, of one owner or of all. Reads every record: for tools and tests.
   * A StatsStore keeps the numbers that users ask for.
   */
  countByStatus(owner?: string): Promise<Partial<Record<TaskStatus, number>>>;
}

/**
 * One record per task: what happened to it, and which worker runs it. Take only the role you use.
 *
 * Every operation may be repeated after an error or a crash. Every adapter passes the suite in
 * test/contract/task-log-contract.ts.
 *
 * @throws {LogUnavailableError} from every method when the store cannot be reached
 */
export interface TaskLog extends TaskRecorder, TaskClaims, TaskCommands, TaskQueries {}
