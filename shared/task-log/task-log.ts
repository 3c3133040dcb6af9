import type { JsonValue } from '../json.ts';
import type { Report } from '../report/report.ts';
import type { Task } from '../task/task.ts';
import type { FinalStatus, TaskStatus } from './status.ts';

export type Progress = { readonly percent: number; readonly message?: string };

/** What the log knows of a task, without its parameters and report. Times are ISO 8601, UTC. */
export type TaskSummary = Omit<Task, 'parameters'> & {
  readonly queue: string;
  readonly status: TaskStatus;
  /** Attempts begun so far. */
  readonly attempt: number;
  readonly updatedAt: string;
  /** When the latest attempt began. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** When somebody asked for its cancellation while it ran. */
  readonly cancelRequestedAt?: string;
  readonly progress?: Progress;
};

export type TaskRecord = TaskSummary & {
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
    }
  /** The task has ended: acknowledge its message, run nothing. */
  | { readonly outcome: 'ended'; readonly status: FinalStatus }
  /** Another worker has it: leave it alone, for at least this long. */
  | { readonly outcome: 'held'; readonly forSeconds: number };

/** What a write under a claim tells its worker, at no extra cost. */
export type ClaimState = 'held' | 'cancel-requested' | 'lost';

export type Ending = {
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly report: Report;
};

export type PutBack = {
  /** False: this run does not count as an attempt. */
  readonly usesAttempt: boolean;
  readonly report?: Report;
};

export type CancelResult =
  /** It had not begun, and now never will. */
  | { readonly outcome: 'cancelled' }
  /** It runs: its worker learns of it with the next heartbeat, or with the end of the attempt. */
  | { readonly outcome: 'requested' }
  /** Too late. */
  | { readonly outcome: 'ended'; readonly status: FinalStatus }
  | { readonly outcome: 'unknown' };

export type ListQuery = {
  /** Whose tasks. Absent: everybody's. */
  readonly owner?: string;
  /** 1 to 100. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
};

export type TaskPage = {
  readonly tasks: readonly TaskSummary[];
  /** Absent on the last page. */
  readonly next?: string;
};

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
  /** Writes the first record of a task whose message is sent. Does nothing if there is one. */
  recordEnqueued(task: Task, queue: string): Promise<void>;

  /** Writes a record in status `unknown`, once per message, under an id derived from it. */
  recordUndecodable(message: UndecodableMessage): Promise<void>;

  /** Takes the task if nobody holds it, writing its record first if the enqueuer could not. */
  claim(task: Task, request: ClaimRequest): Promise<ClaimResult>;

  /** Makes the claim last `leaseSeconds` from now, unless it is lost. */
  heartbeat(claim: Claim, leaseSeconds: number, progress?: Progress): Promise<ClaimState>;

  /** Stores the end of the task. False: the claim is lost, the ending was not stored. */
  finish(claim: Claim, ending: Ending): Promise<boolean>;

  /**
   * Makes the task claimable again: for a retry, for later, or because the worker stops. Does so
   * only when the answer is `held`; a task that is to be cancelled must be finished instead.
   */
  putBack(claim: Claim, putBack: PutBack): Promise<ClaimState>;

  /** Ends a task that waits, and asks the worker of a running one to stop it. */
  cancel(taskId: string): Promise<CancelResult>;

  get(taskId: string): Promise<TaskRecord | undefined>;

  getSummary(taskId: string): Promise<TaskSummary | undefined>;

  /** Newest first. Costs the same on every page. @throws {CursorInvalidError} */
  list(query: ListQuery): Promise<TaskPage>;

  /**
   * How many tasks are in each status, of one owner or of everybody. Reads them all: for tools and
   * tests. The numbers that people ask for are kept by a StatsStore.
   */
  countByStatus(owner?: string): Promise<Partial<Record<TaskStatus, number>>>;
}
