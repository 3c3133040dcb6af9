import type { JsonValue } from '../json.ts';
import type { Report } from '../report/report.ts';
import type { StoredFile } from '../task/stored-file.ts';
import type { Task } from '../task/task.ts';
import type { ListOrder } from './id-range.ts';
import type { FinalStatus, TaskStatus } from './status.ts';
import type { TaskFilter } from './task-filter.ts';

export type Progress = { readonly percent: number; readonly message?: string };

/** What the log knows of a task, without its parameters and report. Times are ISO 8601, UTC. */
export type TaskSummary = Omit<Task, 'parameters' | 'parametersAt'> & {
  readonly queue: string;
  readonly status: TaskStatus;
  /** Attempts begun so far. */
  readonly attempt: number;
  readonly updatedAt: string;
  /** It was sent, or put back, with a delay: its message does not come before. Until it is claimed. */
  readonly dueAt?: string;
  /** When the latest attempt began. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** When somebody asked for its cancellation while it ran. */
  readonly cancelRequestedAt?: string;
  readonly progress?: Progress;
  /** What the attempt made that ended the task. */
  readonly file?: StoredFile;
};

export type TaskRecord = TaskSummary & {
  /** Also when they are in the file store; null when they are no longer there. */
  readonly parameters: JsonValue;
  /** Of the latest attempt that ended. */
  readonly report?: Report;
};

/** A worker's right to run a task, until its lease ends or somebody else claims the task. */
export type Claim = {
  readonly taskId: string;
  /** Grows with every claim of the task: a write with an older one is refused. */
  readonly token: number;
  /** Attempts used, this one included. Being put back "for later" uses none. */
  readonly attempt: number;
};

export type ClaimRequest = {
  readonly queue: string;
  readonly workerId: string;
  readonly leaseSeconds: number;
  /** Unique; the same one when a claim is repeated after an error. It then gets its own claim back. */
  readonly claimId: string;
};

export type ClaimResult =
  | {
      readonly outcome: 'claimed';
      readonly claim: Claim;
      /** Asked for while the task ran elsewhere: end it as cancelled. */
      readonly isCancelRequested: boolean;
      /** An earlier attempt, or this one, opened children. */
      readonly hasChildren: boolean;
    }
  /** The task has done its own work: acknowledge its message, run nothing. */
  | { readonly outcome: 'ended'; readonly status: FinalStatus | 'child_running' }
  /** Another worker has it: leave it alone, for at least this long. */
  | { readonly outcome: 'busy'; readonly forSeconds: number };

/** What a write under a claim tells its worker, at no extra cost. */
export type ClaimState = 'ok' | 'cancel-requested' | 'lost';

export type Ending = {
  /** `child_running`: its own work is completed; once its children have ended, so has the task. */
  readonly status: 'completed' | 'failed' | 'cancelled' | 'child_running';
  readonly report: Report;
  readonly file?: StoredFile;
  /**
   * Given when a child may have been opened and not sent, by a dead attempt or because the broker
   * refused it: the children that were sent. Others without a record are not waited for.
   */
  readonly sentChildren?: ReadonlySet<string>;
};

export type OpenedChildren = {
  /** Unless it is `ok`, none was opened. */
  readonly state: ClaimState;
  /** Those an earlier attempt has not sent already. */
  readonly toSend: ReadonlySet<string>;
};

export type DecisionOptions = {
  /** Also for a task that is in progress. @default false */
  readonly force?: boolean;
};

export type PutBack = {
  /** False: this run does not count as an attempt. */
  readonly usesAttempt: boolean;
  readonly report?: Report;
  /** For so long nobody gets the task. @default 0 */
  readonly delaySeconds?: number;
};

export type CancelResult =
  /** It had not begun, and now never will. */
  | { readonly outcome: 'cancelled' }
  /** It runs: its worker learns of it with the next heartbeat, or with the end of the attempt. */
  | { readonly outcome: 'requested' }
  /** It is in progress, and force was not used. */
  | { readonly outcome: 'in-progress'; readonly status: TaskStatus }
  /** Too late. */
  | { readonly outcome: 'ended'; readonly status: FinalStatus }
  | { readonly outcome: 'unknown' };

export type ArchiveResult =
  /** With its file, as it was when it was archived. */
  | { readonly outcome: 'archived'; readonly file?: StoredFile }
  /** It is in progress, and force was not used. */
  | { readonly outcome: 'in-progress'; readonly status: TaskStatus }
  | { readonly outcome: 'unknown' };

export type Freshness = 'now' | 'soon';

export type ListQuery = TaskFilter & {
  /** By id, which is by creation. Default: newest first. */
  readonly order?: ListOrder | undefined;
  /** 1 to 100. */
  readonly limit: number;
  /** `next` of the page before, which had the same filter and order. */
  readonly cursor?: string | undefined;
  /**
   * 0 to 10,000: matching tasks to skip. Given, the page is filled whatever that makes it read, which
   * is all that is skipped at least. A cursor leads to the same place for nothing.
   */
  readonly offset?: number | undefined;
};

export type RecordsRead = {
  /** What the answer was found in, those records included that did not match. */
  readonly recordsRead: number;
};

export type TaskPage = RecordsRead & {
  readonly tasks: readonly TaskSummary[];
  /** Absent on the last page. With it, a page may be short or even empty: it had read enough. */
  readonly next?: string;
};

/** What a visitor may ask to see of each task: the less, the faster. */
export type VisitedField = 'id' | 'name' | 'queue' | 'status' | 'startedAt' | 'finishedAt';

export type TaskCount = RecordsRead & { readonly count: number };

/** An undecodable message, as far as it can be known. */
export type UndecodableMessage = {
  readonly messageId: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  readonly queue: string;
  readonly reason: string;
};

/**
 * One record per task: what happened to it, and what stops two workers running it at once.
 *
 * Every operation may be repeated after an error or a crash. Every adapter passes the suite in
 * test/contract/task-log-contract.ts.
 *
 * @throws {LogUnavailableError} from every method when the log cannot be reached
 */
export interface TaskLog {
  /**
   * Writes the first record of a task whose message is sent. Does nothing if there is one.
   * @param delaySeconds after which the message comes, 0 to 900
   */
  recordEnqueued(task: Task, queue: string, delaySeconds?: number): Promise<void>;

  /** Writes a record in status `unknown`, once per message, under an id derived from it. */
  recordUndecodable(message: UndecodableMessage): Promise<void>;

  /** Takes the task if nobody holds it, writing its record first if the enqueuer could not. */
  claim(task: Task, request: ClaimRequest): Promise<ClaimResult>;

  /** Makes the claim last `leaseSeconds` from now, unless it is lost. */
  heartbeat(claim: Claim, leaseSeconds: number, progress?: Progress): Promise<ClaimState>;

  /**
   * Stores the end of the task, and what follows from it for its parents. False: the claim is lost,
   * the ending was not stored.
   */
  finish(claim: Claim, ending: Ending): Promise<boolean>;

  /**
   * Notes children of the running task as open, before their messages are sent. The task does not
   * end as completed before they have ended.
   */
  openChildren(claim: Claim, childIds: readonly string[]): Promise<OpenedChildren>;

  /**
   * Makes the task claimable again: for a retry, for later, or because the worker stops. Does so
   * only when the answer is `ok`; a task that is to be cancelled must be finished instead.
   */
  putBack(claim: Claim, putBack: PutBack): Promise<ClaimState>;

  /** Ends a task that waits; with force, stops one in progress, and its open children. */
  cancel(taskId: string, options?: DecisionOptions): Promise<CancelResult>;

  /** Puts a task aside for good. What waits never runs then; what runs, by force, has no effect here. */
  archive(taskId: string, options?: DecisionOptions): Promise<ArchiveResult>;

  /** @throws {FilesUnavailableError} when the parameters are in the file store, which is away */
  get(taskId: string): Promise<TaskRecord | undefined>;

  /** @param freshness `soon` costs half, and may miss a write of the last second. @default now */
  getSummary(taskId: string, freshness?: Freshness): Promise<TaskSummary | undefined>;

  /**
   * One page. Without `offset` it reads at most 1,000 records and costs the same however many the log
   * has. @throws {CursorInvalidError}
   */
  list(query: ListQuery): Promise<TaskPage>;

  /** How many tasks match. Reads all that may. */
  count(filter: TaskFilter): Promise<TaskCount>;

  /** Shows every matching task to the visitor, in no particular order. Reads all that may match. */
  visit<Field extends VisitedField>(
    filter: TaskFilter,
    fields: readonly Field[],
    visitor: (task: Pick<TaskSummary, Field>) => void,
  ): Promise<RecordsRead>;

  /**
   * How many tasks are in each status, of one owner or of everybody. Reads them all: for tools and
   * tests. The numbers that people ask for are kept by a StatsStore.
   */
  countByStatus(owner?: string): Promise<Partial<Record<TaskStatus, number>>>;
}
